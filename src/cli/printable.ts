/** What somebody else wrote, without what would move a terminal's cursor or turn a line round: it is to be read before it is approved. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')

/** Of several lines, which stay. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
