/// <reference lib="esnext.disposable" />
/**
 * `Symbol.dispose`, or a symbol nobody else has where the engine does not know it (WebKitGTK 2.50): a class whose
 * method were named by `undefined` would grow a method called "undefined".
 */
export const disposeSymbol: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol("Symbol.dispose") as typeof Symbol.dispose);
