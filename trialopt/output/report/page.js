"use strict";
// Tables that can be sorted and filtered, where scripts run. Without them the page says the same.
(function () {
  const LONG = 10;
  const number = (text) => {
    const found = text.replace(/[,\u00a0 ](?=\d{3}\b)/g, "").match(/[-+\u2212]?\d+(\.\d+)?/);
    return found ? parseFloat(found[0].replace("\u2212", "-")) : null;
  };
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (/^[-+\u2212\d<]/.test(a.trim()) && /^[-+\u2212\d<]/.test(b.trim()) && x !== null && y !== null) return x - y;
    return a.localeCompare(b, "en", { numeric: true });
  };
  const sortable = (table, body) => {
    const given = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        const order = before === "ascending" ? "descending" : before === "descending" ? "" : "ascending";
        const rows = [...given];
        if (order) {
          head.setAttribute("aria-sort", order);
          const sign = order === "ascending" ? 1 : -1;
          const text = (row) => row.cells[column].textContent;
          rows.sort((a, b) => (!text(a).trim() - !text(b).trim()) || sign * compare(text(a), text(b)));
        }
        body.append(...rows);
      });
    });
  };
  const filterable = (table, body, id) => {
    const box = document.createElement("p");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const told = document.createElement("span");
    box.className = "filter";
    input.type = "search";
    input.id = id;
    label.htmlFor = id;
    label.textContent = "Rows with: ";
    input.setAttribute("aria-label", "Rows with, in " + table.caption.textContent);
    told.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of body.rows) {
        const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      told.textContent = words.length ? " " + shown + " of " + body.rows.length + " rows" : "";
    });
    box.append(label, input, told);
    table.parentNode.before(box);
  };
  document.querySelectorAll("table").forEach((table, place) => {
    const body = table.tBodies[0];
    const wide = table.parentNode;
    if (wide.scrollWidth > wide.clientWidth) {
      wide.tabIndex = 0;
      wide.setAttribute("role", "region");
      wide.setAttribute("aria-label", table.caption.textContent);
    }
    if (!table.tHead || body.rows.length < 3) return;
    if (!body.querySelector(".sum")) sortable(table, body);
    if (body.rows.length >= LONG) filterable(table, body, "filter-" + place);
  });
})();
