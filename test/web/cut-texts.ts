/** Whether words are cut, for tests of the page: an expression for the browser. */

/** Elements with text of their own that do not show the whole of it, but for the choice of the microphone. */
export const cutTexts = `[...document.querySelectorAll('.console :is(h1, h2, h3, p, span, bdi, small, kbd, button, td, th, li)')]
  .filter((element) => element.closest('.unseen') === null && element.getClientRects().length > 0 && getComputedStyle(element).clipPath === 'none')
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
  .filter((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = range.getBoundingClientRect();
    const frame = (element.closest('.tile, .panel, .talk-bar, .top-bar, .banners, .fleet, .proofs') ?? document.body).getBoundingClientRect();
    return text.left < frame.left - 1 || text.right > frame.right + 1 ||
      (getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1);
  })
  .map((element) => element.className + ': ' + element.textContent)`;
