"""What goes wrong on purpose."""

from .world import stead


def fault(kind, *whom):
    """Asks the emulator for a fault: `fault("throttled", "--user", "alice")`. `stead fault set --help` lists them."""
    stead("fault", "set", kind, *whom)
