(() => {
  const value = (row, column, kind) => {
    const text = row.cells[column].textContent.trim();
    if (kind === "text") return text.toLocaleLowerCase();
    const number = parseFloat(text.replace("\u2212", "-"));
    return Number.isNaN(number) ? -Infinity : number;
  };
  const sort = (table, head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0], kind = head.dataset.sort;
    const rows = [...body.rows].map((row) => [value(row, column, kind), row]);
    rows.sort(([a], [b]) => (kind === "text" ? a.localeCompare(b) : a - b) * (down ? -1 : 1));
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      if (!head.dataset.sort || table.tBodies[0].rows.length < 2) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head, column));
    }
  }
})();
