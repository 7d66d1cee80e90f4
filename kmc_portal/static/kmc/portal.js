// Niceties only; every page works without. Files dropped onto a zone are put into its file input and sent.
(() => {
  "use strict";

  const sendOnce = (form) => {
    for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
      button.setAttribute("aria-busy", "true");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault(); // a second click does nothing
      return;
    }
    form.dataset.sent = "yes";
    sendOnce(form);
  });

  // Coming back with the browser's back button shows the page as it was: ready to be sent again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  });

  // On a narrow screen the steps are folded, so that what is to be done stays near the top.
  if (!window.matchMedia("(min-width: 60rem)").matches) {
    for (const box of document.querySelectorAll("details[data-wide]")) box.open = false;
  }

  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    const hint = zone.querySelector("[data-drop-hint]");
    if (hint) hint.hidden = false;
    let depth = 0;
    const carriesFiles = (event) => [...event.dataTransfer.types].includes("Files");
    zone.addEventListener("dragenter", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth += 1;
      zone.classList.add("drop--over");
    });
    zone.addEventListener("dragover", (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
    zone.addEventListener("dragleave", () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) zone.classList.remove("drop--over");
    });
    zone.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      zone.classList.remove("drop--over");
      input.files = event.dataTransfer.files;
      zone.closest("form").requestSubmit();
    });
  }
})();
