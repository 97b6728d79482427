// The few things that pages cannot do by themselves. Everything works without them.
"use strict";
document.addEventListener("change", function (event) {
  const name = event.target.dataset && event.target.dataset.all;
  if (name) {
    const boxes = event.target.form.querySelectorAll('input[type="checkbox"][name="' + name + '"]');
    boxes.forEach(function (box) { box.checked = event.target.checked; });
  }
});
