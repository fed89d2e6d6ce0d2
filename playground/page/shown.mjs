// Text of manifests as it is shown: what nobody sees, or what turns the order of letters, is written as an escape, as
// in every report.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\u{e0000}-\u{e0fff}]/gu

export const shown = (text) => String(text).replace(UNSEEN, (each) => {
  const code = each.codePointAt(0)
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
})
