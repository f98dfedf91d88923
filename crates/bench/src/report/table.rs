//! A table: a title, columns, cells that are written already.

use serde::{Deserialize, Serialize};

/// A table of numbers and words, written as they are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// What stands in each column, with its unit.
    pub columns: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one.
    #[must_use]
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Self { title: title.to_owned(), columns, rows: Vec::new() }
    }

    /// For a screen: columns as wide as their widest cell, numbers to the right.
    #[must_use]
    pub fn text(&self) -> String {
        let widths = self.widths();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| pad(cell, *width));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let lines = std::iter::once(&self.columns).chain(&self.rows).map(line);
        std::iter::once(self.title.clone()).chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// For a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
        let ruler = self.columns.iter().enumerate().map(|(place, _)| {
            let numbers = !self.rows.is_empty() && self.cells(place).all(is_number);
            if numbers { "---:" } else { "---" }.to_owned()
        });
        let mut lines = vec![line(&self.columns), line(&ruler.collect())];
        lines.extend(self.rows.iter().map(line));
        format!("**{}**\n\n{}\n", self.title, lines.join("\n"))
    }

    fn cells(&self, place: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(place)).map(String::as_str)
    }

    fn widths(&self) -> Vec<usize> {
        let width = |(place, name): (usize, &String)| {
            let cells = self.cells(place).chain([name.as_str()]);
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        self.columns.iter().enumerate().map(width).collect()
    }
}

fn pad(cell: &str, width: usize) -> String {
    if is_number(cell) { format!("{cell:>width$}") } else { format!("{cell:width$}") }
}

fn is_number(cell: &str) -> bool {
    cell == "–" || cell.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("Exchanges", &["tokens", "a second"]);
        table.rows.push(vec!["cold".to_owned(), "4200".to_owned()]);
        table.rows.push(vec!["repeated".to_owned(), "–".to_owned()]);
        table
    }

    #[test]
    fn on_a_screen_columns_line_up_and_numbers_stand_to_the_right() {
        let expected = "Exchanges\n\
                        tokens    a second\n\
                        cold          4200\n\
                        repeated         –";
        assert_eq!(table().text(), expected);
    }

    #[test]
    fn on_a_page_it_is_a_table_of_markdown() {
        let expected = "**Exchanges**\n\n\
                        | tokens | a second |\n\
                        | --- | ---: |\n\
                        | cold | 4200 |\n\
                        | repeated | – |\n";
        assert_eq!(table().markdown(), expected);
    }
}
