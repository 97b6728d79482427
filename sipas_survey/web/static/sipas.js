// The few things that pages cannot do by themselves. Everything works without them.
"use strict";
document.addEventListener("change", function (event) {
  const name = event.target.dataset && event.target.dataset.all;
  if (name) {
    const boxes = event.target.form.querySelectorAll('input[type="checkbox"][name="' + name + '"]');
    boxes.forEach(function (box) { box.checked = event.target.checked; });
  }
});
// On a phone the bar of pages scrolls: the page one is on shall be in sight.
const here = document.querySelector(".top nav [aria-current]");
if (here) {
  const bar = here.closest("nav");
  bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}
