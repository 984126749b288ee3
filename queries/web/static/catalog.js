// The choice of logarithms: several boxes are one value of the address.
"use strict";

const form = document.getElementById("catalog");
form.querySelectorAll(".log").forEach((box) => box.addEventListener("change", () => form.requestSubmit()));
form.addEventListener("submit", () => {
  form.elements.log.value = [...form.querySelectorAll(".log:checked")].map((box) => box.value).join(",");
});
