//! Characters that are found in long runs: rules, bars, padding, laughter. Each vocabulary packs each of them its own way, from one token
//! for 512 spaces to three tokens for one flag letter, so no rule over classes would do.

use super::classes::spread;

/// Beyond ASCII, in no order that matters; the files of all families hold a rate for each, so a change here needs a new fit.
const WIDE: &str = "\u{a0}\u{ad}·×°§«»¯äéèêëíñóöüßøåçÄÉÖÜаеиноятсАОЯαωאاهیकाกอ가나하아ㅋㅎㅠㅜ\u{200b}\u{200d}\u{200c}\u{feff}\u{fe0f}\u{301}‐‑–—―‖“”•…‥′″※→←↑↓⇒\
─━│┃┄┅┈═║╌╍┼├└┐▀▁▂▄█▌▐░▒▓■□▪▲△▼▶◆◇○●★☆☐☑♥♪✓✔✖✨❌❤⚡⚠✅⭐⬛⬜⋯∙≈≡∞√∑\u{3000}、。〃々〇「」『』【】〜ー・ぁあいうおかのはへんっゎアイウエオンッwｗ\
！＂＃＊－．，／０１：；＝？＿～￣｜哈啊呵嘿嘻哦噢嗯呀呢哇吧了的是一不人大中国我你好口囗\u{fffd}\u{e000}😀😁😂🤣😊😍😭😅😘🙏👍👏🔥🎉🚀💯🤔👀✋💥🌟🟩🟥🟦🟨🇨🏻🏽";

const fn counted() -> usize {
    let mut count = 128;
    let mut rest = WIDE.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte & 0xC0 != 0x80 {
            count += 1;
        }
        rest = tail;
    }
    count
}

/// How many characters have a rate: the 128 of ASCII first.
pub(super) const RUNNERS: usize = counted();

/// The characters in the order of their numbers.
pub(super) fn runners() -> impl Iterator<Item = char> {
    (0..128u8).map(char::from).chain(WIDE.chars())
}

/// The number of the character with this hash, from 1; 0 for a character without a rate. Asked once for a run, not for each character.
#[cold]
pub(super) fn run_number(hash: u32) -> u16 {
    runners().position(|runner| spread(u32::from(runner)) == hash).map_or(0, |index| index as u16 + 1)
}
