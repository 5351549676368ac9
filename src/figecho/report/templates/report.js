document.documentElement.classList.add("live");
document.addEventListener("input", (event) => {
  if (event.target.matches(".at")) event.target.closest(".views").style.setProperty("--at", event.target.value + "%");
});
