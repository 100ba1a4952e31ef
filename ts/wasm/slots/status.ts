// What a call answers when it refuses.
export const BAD_HANDLE = -1;
export const BAD_OPTION = -2;
export const BAD_SHAPE = -3;
export const BAD_INDEX = -4;
export const OUT_OF_MEMORY = -5;
export const UNSUPPORTED = -6;
export const OUT_OF_ORDER = -7;
export const NON_FINITE = -8;
