//! The only place that prints. Results go to stdout, notes and complaints to stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::args::Format;
use crate::catalogue::Words;
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::{Given, Next};

/// Prints in one format and one language.
pub(crate) struct Output {
    format: Format,
    colour: bool,
    /// Why standard output could not be written, at the first time.
    unwritten: OnceLock<ErrorKind>,
}

/// What follows the escape character in the sequences of [`Output::tone`].
const TONES: [&str; 4] = ["[31m", "[32m", "[33m", "[0m"];

/// How a line stands out on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Good news.
    Good,
    /// To be looked at.
    Warn,
    /// Bad news.
    Bad,
}

impl Output {
    /// Prints in `format`, in colour where stdout is a terminal and `NO_COLOR` is not set.
    pub(crate) fn new(format: Format) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { format, colour: wanted && io::stdout().is_terminal(), unwritten: OnceLock::new() }
    }

    /// Prints the result of a command: the lines for a person, or the JSON value for a program.
    ///
    /// What cannot be written is told at the end of the run, by [`Output::end`].
    pub(crate) fn result(&self, human: &str, value: &Value) {
        match self.format {
            Format::Human => self.line(&inert_but_tones(human.trim_end())),
            Format::Json => self.json(value),
        }
    }

    /// Prints text as the result whatever the format: completion scripts, exported keys.
    pub(crate) fn raw(&self, text: &str) {
        self.line(text.trim_end());
    }

    fn json(&self, value: &Value) {
        self.line(&visible_json(&format!("{value:#}")));
    }

    fn line(&self, text: &str) {
        self.written(print(&mut io::stdout(), text));
    }

    /// Remembers that standard output could not be written. A reader that has gone away (`yinxin ... | head`) is no
    /// error.
    pub(crate) fn written(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && error.kind() != ErrorKind::BrokenPipe
        {
            // The first failure counts; those after it have the same cause.
            let _ = self.unwritten.set(error.kind());
        }
    }

    /// How a run ends that would have ended with `exit`: not so if its result could not be written, which is said.
    pub(crate) fn end(&self, exit: Exit, words: &Words, given: &Given) -> Exit {
        let Some(kind) = self.unwritten.get() else { return exit };
        let error = CliError::Output { source: io::Error::from(*kind) };
        self.error(&error, words, given);
        error.exit()
    }

    /// A note beside the result, for a person.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{}", inert_lines(text));
    }

    /// Whether a program reads the result.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Text in a tone, where colours are wanted.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Says what went wrong and what to do next: on stderr for a person, as JSON on stdout for a program, and on stderr
    /// again where stdout cannot be written.
    pub(crate) fn error(&self, error: &CliError, words: &Words, given: &Given) {
        let (sentence, advice, detail) = (error.sentence(words), error.advice(words, given), causes(error));
        let next = error.command(given);
        let said = Complaint {
            mark: error.mark(),
            record: error.record(),
            code: error.slug(),
            exit: error.exit(),
            sentence: &sentence,
            advice: advice.as_deref(),
            next: next.as_ref().and_then(Next::whole),
            detail: &detail,
            rule: error.rule(),
        };
        self.complain(&said, words);
    }

    /// Says what of a command line was not understood.
    pub(crate) fn usage(&self, sentence: &str, words: &Words) {
        let advice = words.say("usage-next");
        let (code, exit, advice) = ("usage", Exit::Usage, Some(advice.as_str()));
        let (mark, record) = ("error-mark", None);
        let said = Complaint { mark, record, code, exit, sentence, advice, next: None, detail: "", rule: None };
        self.complain(&said, words);
    }

    fn complain(&self, said: &Complaint<'_>, words: &Words) {
        let (sentence, advice) = (inert_lines(said.sentence), said.advice.map(inert_lines));
        if self.is_json() {
            let rule = said.rule.map(|(code, slug)| json!({"code": code, "slug": inert(slug)}));
            let value = json!({"error": {
                "code": said.code, "rule": rule, "record": said.record, "exit": said.exit.code(), "sentence": sentence,
                "advice": advice, "next": said.next.as_slice(), "detail": inert(said.detail),
            }});
            self.json(&value);
            if self.unwritten.get().is_none() {
                return;
            }
        }
        let mut stderr = std::io::stderr();
        // The code stands behind the sentence itself; what it is about follows.
        let (first, rest) = sentence.split_once('\n').unwrap_or((&sentence, ""));
        let _ = writeln!(stderr, "{}{first} [{}]", words.say(said.mark), said.code);
        if !rest.is_empty() {
            let _ = writeln!(stderr, "{rest}");
        }
        if let Some(advice) = advice {
            let _ = writeln!(stderr, "{}{advice}", words.say("next-mark"));
        }
    }
}

/// Writes a text and ends its line, to the last byte.
fn print(to: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(to, "{text}")?;
    to.flush()
}

/// What went wrong, for a person and for a program.
struct Complaint<'a> {
    /// Key of the mark before the sentence.
    mark: &'a str,
    /// The record of a statement that is on its way.
    record: Option<&'a str>,
    /// Stable code.
    code: &'a str,
    exit: Exit,
    sentence: &'a str,
    /// What to do next, for a person.
    advice: Option<&'a str>,
    /// The command that comes next, as it can be pasted.
    next: Option<&'a str>,
    /// Causes, for whoever maintains this.
    detail: &'a str,
    /// The rule of the ledger that refused.
    rule: Option<(u32, &'a str)>,
}

/// An error and its causes in one line.
pub(crate) fn causes(error: &CliError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Our own lines made harmless for a terminal: line breaks stay. What stands in them from outside went through
/// [`inert`] first.
pub(crate) fn inert_lines(text: &str) -> String {
    text.split('\n').map(inert).collect::<Vec<_>>().join("\n")
}

/// Text from outside made harmless for a terminal: a line break becomes `⏎`; other control, direction-changing and
/// invisible characters become `·`.
pub(crate) fn inert(text: &str) -> String {
    let shown = |c| match c {
        '\n' => '⏎',
        c if is_visible(c) => c,
        _ => '·',
    };
    text.chars().map(shown).collect()
}

/// False for characters that a terminal obeys or hides: controls, changes of direction, fillers, private use.
fn is_visible(c: char) -> bool {
    let hidden = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180e}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}'
    );
    !c.is_control() && !hidden
}

/// Lines made harmless, but for the tones that [`Output::tone`] gave them.
fn inert_but_tones(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut shown = inert_lines(pieces.next().unwrap_or_default());
    for piece in pieces {
        let tone = TONES.iter().find(|tone| piece.starts_with(**tone));
        shown.push(if tone.is_some() { '\u{1b}' } else { '·' });
        shown.push_str(&inert_lines(piece));
    }
    shown
}

/// The same JSON with every character that cannot be seen written as `\u` and four digits (RFC 8259 section 7). Such
/// characters stand in strings alone; the line breaks of the layout stay.
fn visible_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_visible(c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

/// Rows in columns; Chinese characters count two.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, wide) in row.iter().zip(&widths) {
            line.push_str(&inert(cell));
            line.push_str(&" ".repeat(wide - width(cell) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Columns a text takes on a terminal, once it is harmless.
fn width(text: &str) -> usize {
    UnicodeWidthStr::width(inert(text).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_shows_what_a_terminal_would_obey_or_hide_and_stays_the_same_value() {
        let value = json!({"next": ["a\u{1b}[2J\u{9b}31m\u{202e}\u{3164}\u{e0041}b", "公证处\n"]});
        let text = visible_json(&format!("{value:#}"));
        assert!(text.chars().all(|c| c == '\n' || is_visible(c)), "{text:?}");
        assert!(text.contains("公证处") && text.contains("\\udb40\\udc41"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }

    #[test]
    fn a_result_that_cannot_be_written_ends_the_run_as_an_error_and_a_reader_that_went_away_does_not() {
        let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("there");
        let ended = |format, outcome: io::Result<()>| {
            let out = Output::new(format);
            out.written(outcome);
            out.end(Exit::Done, &Words::new(crate::catalogue::Lang::En), &Given::default())
        };
        for format in [Format::Human, Format::Json] {
            assert_eq!(ended(format, print(&mut full(), "the result")), Exit::Usage);
            assert_eq!(ended(format, Err(ErrorKind::BrokenPipe.into())), Exit::Done);
            assert_eq!(ended(format, print(&mut Vec::new(), "the result")), Exit::Done);
        }
        let error = CliError::Output { source: print(&mut full(), "the result").expect_err("it is full") };
        let said = error.sentence(&Words::new(crate::catalogue::Lang::ZhCn));
        assert!(error.slug() == "output" && said.contains("标准输出") && said.contains("磁盘已满"), "{said}");
    }

    #[test]
    fn a_result_keeps_its_tones_and_nothing_else_that_a_terminal_obeys() {
        assert_eq!(inert_but_tones("\u{1b}[32mgood\u{1b}[0m\nx"), "\u{1b}[32mgood\u{1b}[0m\nx");
        assert_eq!(inert_but_tones("\u{1b}]0;title\u{7}\u{1b}[2Jx\u{9b}1m"), "·]0;title··[2Jx·1m");
    }

    #[test]
    fn text_from_outside_cannot_move_the_cursor_or_the_reading_direction() {
        for bad in ["\u{1b}[2J", "\u{7}", "a\u{202e}b", "a\u{200b}b", "\u{e000}", "\u{e0041}", "\u{9b}31m", "a\rb"] {
            let shown = inert(bad);
            assert!(shown.contains('·'), "{bad:?} became {shown:?}");
        }
        assert_eq!(inert("(2026)粤佛禅城证字第1号"), "(2026)粤佛禅城证字第1号");
    }

    #[test]
    fn text_from_outside_begins_no_line_of_its_own() {
        assert_eq!(inert("refused\nVerdict: verified"), "refused⏎Verdict: verified");
        assert_eq!(inert_lines("one\ntwo\u{7}"), "one\ntwo·");
    }

    #[test]
    fn columns_stand_under_each_other_in_chinese_too() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["部门", "状况"]), row(["notary", "就绪"])]);
        assert_eq!(text, "部门    状况\nnotary  就绪\n");
    }
}
