/**
 * boot returns what the server wrote into the page (element "boot", JSON), or fallback when there is nothing: the
 * development server writes none. The Go side is web.Handler.
 */
export function boot<T extends object>(fallback: T): T {
  const text = document.getElementById("boot")?.textContent;
  return text ? { ...fallback, ...(JSON.parse(text) as Partial<T>) } : fallback;
}
