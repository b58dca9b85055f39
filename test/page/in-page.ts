/** Pieces of JavaScript that run in the page: texts, because the tests' own types know no browser. */

/** What has the focus, and whether it is seen to have it. */
export const focused = `(() => {
  const at = document.activeElement;
  return at.tagName.toLowerCase() + (getComputedStyle(at).outlineStyle === "none" ? " unseen" : " seen");
})()`;

/** The diagram as it stands. */
export const picture = `document.querySelector("canvas").toDataURL()`;

/** Where the first coloured spot of the first lane is, in pixels from the left; -1 without any. */
export const firstSpot = `(() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 34 * devicePixelRatio, canvas.width, 1);
  for (let at = 0; at < canvas.width; at++) {
    const [red, green, blue] = data.slice(4 * at, 4 * at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return at / devicePixelRatio;
  }
  return -1;
})()`;

export interface Looks {
  /** Of the ground behind the text, from 0 to 1. */
  readonly ground: number;
  /** The least contrast of text to it, as WCAG counts. */
  readonly least: number;
  /** What the page needs; more than the window has means that it scrolls sideways. */
  readonly width: number;
}

/** @see https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
export const looks = `(() => {
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = luminance(getComputedStyle(document.querySelector("main > section")).backgroundColor);
  const contrasts = [".faint", ".bad", ".good", "h2", "td", "a"].flatMap((which) => {
    const element = document.querySelector(which);
    if (element === null) return [];
    const text = luminance(getComputedStyle(element).color);
    return [(Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)];
  });
  return { ground, least: Math.min(...contrasts), width: document.documentElement.scrollWidth };
})()`;

/** Elements that reach beyond the window, and can't be scrolled to within a part of the page. */
export const beyondTheEdge = `[...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.closest(".scroll, .line, .lines, .unseen") === null)
  .map((each) => each.tagName + "." + each.className)`;

/** Texts of live regions, which screen readers speak when they change; kept in \`spoken\` from now on. */
export const listen = `(() => {
  window.spoken = [];
  for (const region of document.querySelectorAll("[role=status], [aria-live]")) {
    const hear = () => {
      if (spoken.at(-1) !== region.textContent) spoken.push(region.textContent);
    };
    new MutationObserver(hear).observe(region, { subtree: true, childList: true, characterData: true });
  }
})()`;

/** What each part that takes the focus or is a landmark is called; those without a name. */
export const nameless = `[...document.querySelectorAll("button, input, select, canvas, summary, section, nav, article, [tabindex='0']")]
  .filter((each) => {
    if (each.closest("[aria-hidden=true]") !== null) return false;
    const by = each.getAttribute("aria-labelledby");
    const label = each.labels?.[0] ?? (by === null ? null : document.getElementById(by));
    return (each.getAttribute("aria-label") ?? label?.textContent ?? each.textContent).trim() === "";
  })
  .map((each) => each.outerHTML.slice(0, 80))`;

/** How many pictures the diagram shows within so many milliseconds. */
export const pictures = (ms: number) => `new Promise((resolve) => {
  const seen = new Set();
  const canvas = document.querySelector("canvas");
  const frame = () => {
    seen.add(canvas.toDataURL());
    if (performance.now() < end) requestAnimationFrame(frame);
    else resolve(seen.size);
  };
  const end = performance.now() + ${ms};
  frame();
})`;

/** The page is hidden, or seen again, as when its tab is. */
export const setHidden = (isHidden: boolean) => `(() => {
  Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
})()`;

/** A clock that is wrong by an hour. */
export const wrongClock = `(() => {
  const now = Date.now;
  Date.now = () => now() + 3_600_000;
})()`;

/** How often the page is drawn in a second, counted for a part of one. */
export const framesEachSecond = `new Promise((resolve) => {
  let count = 0;
  const startMs = performance.now();
  const frame = () => {
    count++;
    const ms = performance.now() - startMs;
    if (ms < 500) requestAnimationFrame(frame);
    else resolve((1000 * count) / ms);
  };
  requestAnimationFrame(frame);
})`;
