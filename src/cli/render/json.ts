const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** One JSON document. What a terminal could obey is escaped, so that the text is the same data and yet inert. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2).replace(unsafe, escapeUnit)}\n`;
