"use strict";
// The chart library makes style elements: they get this page's nonce, as its policy asks.
(() => {
  const { nonce } = document.currentScript;
  const make = Document.prototype.createElement;
  Document.prototype.createElement = function create(name, ...more) {
    const made = make.call(this, name, ...more);
    if (String(name).toLowerCase() === "style") made.nonce = nonce;
    return made;
  };
})();
