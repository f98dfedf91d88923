// The rows: a table with a bar for each, subtotals by quarter, and three figures above.

import { byId, el } from './dom.js';

const number = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', signDisplay: 'exceptZero' });

/** Draws the rows. */
export function drawRows(rows) {
  const quarters = Object.entries(Object.groupBy(rows, (row) => row.quarter));
  const greatest = Math.max(...rows.map((row) => row.revenue));
  const bodies = quarters.map(([quarter, its]) => quarterOf(quarter, its, greatest));
  const table = byId('rows');
  table.replaceChildren(table.caption, table.tHead, ...bodies, totalOf(rows));
  byId('figures').replaceChildren(...figuresOf(rows, quarters));
}

function quarterOf(quarter, rows, greatest) {
  const lines = rows.map((row, place) => {
    const name = place === 0 ? quarterHead(quarter, rows) : null;
    return el('tr', {}, name, el('td', {}, row.region), revenueOf(row.revenue, greatest));
  });
  return el('tbody', {}, ...lines);
}

function quarterHead(quarter, rows) {
  const subtotal = el('span', { class: 'subtotal' }, number.format(sum(rows)));
  return el('th', { scope: 'rowgroup', rowspan: rows.length }, quarter, subtotal);
}

function revenueOf(revenue, greatest) {
  const bar = el('span', { class: 'bar-of', 'aria-hidden': 'true' });
  // Set through the object model: the page's policy allows no style in markup.
  bar.style.setProperty('--share', `${(100 * revenue) / greatest}%`);
  return el('td', { class: 'number' }, el('span', { class: 'measure' }, bar, number.format(revenue)));
}

function totalOf(rows) {
  const name = el('th', { scope: 'row', colspan: 2 }, 'Total');
  return el('tfoot', {}, el('tr', {}, name, el('td', { class: 'number' }, number.format(sum(rows)))));
}

function figuresOf(rows, quarters) {
  const [first, last] = [quarters.at(0), quarters.at(-1)];
  const regions = Object.entries(Object.groupBy(rows, (row) => row.region));
  const [strongest] = regions.reduce((best, next) => (sum(next[1]) > sum(best[1]) ? next : best));
  return [
    figure('Total', number.format(sum(rows))),
    figure(`${last[0]} against ${first[0]}`, percent.format(sum(last[1]) / sum(first[1]) - 1)),
    figure('Strongest region', strongest),
  ];
}

function figure(name, value) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}

function sum(rows) {
  return rows.reduce((total, row) => total + row.revenue, 0);
}
