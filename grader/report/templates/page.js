(() => {
  const items = [...document.querySelectorAll("details.item")];
  const button = document.getElementById("unfold");
  const before = new Map();
  const printed = [...items, ...document.querySelectorAll("details.plain")];
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(all));
      button.textContent = all ? "Fold passed items" : "Unfold all";
      for (const item of items) item.open = all || !item.querySelector("summary .passed");
    });
  }
  const reveal = () => {
    let place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const target = place;
    for (; place; place = place.parentElement) if (place.matches("details")) place.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  addEventListener("beforeprint", () => {
    for (const item of printed) { before.set(item, item.open); item.open = true; }
  });
  addEventListener("afterprint", () => {
    for (const item of printed) item.open = before.get(item);
  });
})();
