// UTF-8 as Java reads it. It differs from the web's rules, which Node follows, in one thing: an encoded
// surrogate (ED A0..BF xx, invalid in UTF-8) becomes one U+FFFD and not one per byte.

/** The text of `buffer[start, end)`; bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end)
  return text.includes('\ufffd') ? decodeWithSurrogates(buffer, start, end) : text
}

function decodeWithSurrogates(buffer: Buffer, start: number, end: number): string {
  let text = ''
  let from = start
  for (let at = start; at + 1 < end; at++) {
    if (buffer[at] !== 0xed || buffer[at + 1]! < 0xa0 || buffer[at + 1]! > 0xbf) continue
    text += buffer.toString('utf8', from, at) + '\ufffd'
    from = at + 2
    if (from < end && (buffer[from]! & 0xc0) === 0x80) from += 1
    at = from - 1
  }
  return text + buffer.toString('utf8', from, end)
}
