//! The default parser: a text as words, numbers, addresses, paths, marks and what is between them.

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The token type, as `ts_token_type` numbers them.
    pub kind: Kind,
    /// The piece.
    pub text: &'a str,
}

/// The token types of the default parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is an alias that ts_token_type gives")]
pub enum Kind {
    AsciiWord = 1,
    Word,
    NumWord,
    Email,
    Url,
    Host,
    ScientificFloat,
    Version,
    HyphenNumPart,
    HyphenPart,
    HyphenAsciiPart,
    Blank,
    Tag,
    Protocol,
    NumHyphen,
    AsciiHyphen,
    Hyphen,
    UrlPath,
    File,
    Float,
    Int,
    UInt,
    Entity,
}

/// The pieces of a text in order. A compound (a hyphenated word, a URL) comes whole before its parts.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut in_url) = (text, false);
    while let Some(first) = rest.chars().next() {
        let length = piece(rest, first, in_url, &mut tokens);
        in_url = matches!(tokens.last(), Some(token) if token.kind == Kind::Protocol);
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// Adds the piece that the text begins with; how many bytes it takes.
fn piece<'a>(rest: &'a str, first: char, in_url: bool, out: &mut Vec<Token<'a>>) -> usize {
    let mut add = |kind: Kind, length: usize| {
        let text = rest.get(..length).unwrap_or_default();
        out.push(Token { kind, text });
        length
    };
    let special = match first {
        '<' => tag(rest).map(|length| (Kind::Tag, length)),
        '&' => entity(rest).map(|length| (Kind::Entity, length)),
        '/' if !in_url => path(rest).map(|length| (Kind::File, length)),
        '-' | '+' => number(rest),
        c if c.is_alphanumeric() => {
            if let Some(length) = protocol(rest) {
                return add(Kind::Protocol, length);
            }
            return word_like(rest, out);
        }
        _ => None,
    };
    match special {
        Some((kind, length)) => add(kind, length),
        None => add(Kind::Blank, blank(rest)),
    }
}

/// The longest of what can begin with a letter or a digit.
fn word_like<'a>(rest: &'a str, out: &mut Vec<Token<'a>>) -> usize {
    let part = |from: usize, to: usize| rest.get(from..to).unwrap_or_default();
    let word = run(rest, char::is_alphanumeric);
    let mut best = match number(rest) {
        Some((kind, length)) if length >= word => (kind, length),
        _ => (kind_of(part(0, word)), word),
    };
    let hyphenated = hyphenated(rest);
    // What begins as a decimal is no name of a file.
    let decimal = !matches!(number(rest), None | Some((Kind::UInt, _)));
    for (kind, length) in [
        (Kind::Hyphen, hyphenated),
        (Kind::File, file(rest).filter(|_| !decimal)),
        (Kind::Host, host(rest)),
        (Kind::Email, email(rest)),
    ] {
        let number = matches!(
            best.0,
            Kind::ScientificFloat | Kind::Version | Kind::Float | Kind::UInt
        );
        if let Some(length) = length
            && (length > best.1 || (length == best.1 && !number))
        {
            best = (kind, length);
        }
    }
    let (kind, length) = best;
    let mut add = |kind: Kind, from: usize, to: usize| {
        out.push(Token {
            kind,
            text: part(from, to),
        });
    };
    // A host may go on as a URL, unless what was found reaches further.
    if let Some(host) = host(rest)
        && kind != Kind::Email
        && rest.get(host..).is_some_and(|after| after.starts_with('/'))
    {
        let path = run(part(host, rest.len()), url_character);
        if path > 1 && host + path >= length {
            add(Kind::Url, 0, host + path);
            add(Kind::Host, 0, host);
            add(Kind::UrlPath, host, host + path);
            return host + path;
        }
    }
    if kind == Kind::Hyphen {
        compound(part(0, length), out);
    } else {
        add(kind, 0, length);
    }
    length
}

/// A hyphenated word, whole and by its parts.
fn compound<'a>(whole: &'a str, out: &mut Vec<Token<'a>>) {
    let mut add = |kind: Kind, text: &'a str| out.push(Token { kind, text });
    let kind = match whole.split('-').map(kind_of).max() {
        Some(Kind::AsciiWord) => Kind::AsciiHyphen,
        Some(Kind::Word) => Kind::Hyphen,
        _ => Kind::NumHyphen,
    };
    add(kind, whole);
    for (at, piece) in whole.split('-').enumerate() {
        if at > 0 {
            add(Kind::Blank, "-");
        }
        let kind = match kind_of(piece) {
            Kind::AsciiWord => Kind::HyphenAsciiPart,
            Kind::Word => Kind::HyphenPart,
            _ => Kind::HyphenNumPart,
        };
        add(kind, piece);
    }
}

fn kind_of(word: &str) -> Kind {
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Kind::AsciiWord
    } else if word.chars().any(char::is_numeric) {
        Kind::NumWord
    } else {
        Kind::Word
    }
}

/// How many bytes of the front are such characters.
fn run(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

fn after(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

fn digits(text: &str) -> usize {
    run(text, |c| c.is_ascii_digit())
}

/// A number and its kind.
fn number(text: &str) -> Option<(Kind, usize)> {
    let signed = text.starts_with(['-', '+']);
    let sign = usize::from(signed);
    let whole = digits(after(text, sign));
    if whole == 0 {
        return None;
    }
    let mut length = sign + whole;
    let mut parts = 1;
    while let Some(rest) = after(text, length).strip_prefix('.') {
        let more = digits(rest);
        if more == 0 || (signed && parts == 2) {
            break;
        }
        length += 1 + more;
        parts += 1;
    }
    if parts > 2 {
        return Some((Kind::Version, length));
    }
    if let Some(rest) = after(text, length).strip_prefix(['e', 'E']) {
        let sign = usize::from(rest.starts_with(['-', '+']));
        let exponent = digits(after(rest, sign));
        if exponent > 0 {
            return Some((Kind::ScientificFloat, length + 1 + sign + exponent));
        }
    }
    let kind = match (parts, signed) {
        (2, _) => Kind::Float,
        (_, true) => Kind::Int,
        _ => Kind::UInt,
    };
    Some((kind, length))
}

/// Words joined by single hyphens, each with a letter.
fn hyphenated(text: &str) -> Option<usize> {
    let part = |text: &str| {
        let length = run(text, char::is_alphanumeric);
        let word = text.get(..length).unwrap_or_default();
        word.chars().any(char::is_alphabetic).then_some(length)
    };
    let mut length = part(text)?;
    let first = length;
    while let Some(rest) = after(text, length).strip_prefix('-') {
        match part(rest) {
            Some(more) => length += 1 + more,
            None => break,
        }
    }
    (length > first).then_some(length)
}

/// A host name: labels with dots between them, the last of two letters or more; a port may follow.
fn host(text: &str) -> Option<usize> {
    let label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let (mut length, mut end) = (run(text, label), None);
    if length == 0 {
        return None;
    }
    while let Some(rest) = after(text, length).strip_prefix('.') {
        let letters = run(rest, |c| c.is_ascii_alphabetic());
        let more = run(rest, label);
        if more == 0 {
            break;
        }
        length += 1 + more;
        end = (letters == more && letters > 1).then_some(length);
    }
    let end = end?;
    match after(text, end).strip_prefix(':').map(digits) {
        Some(port) if port > 0 => Some(end + 1 + port),
        _ => Some(end),
    }
}

fn email(text: &str) -> Option<usize> {
    let local = run(text, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
    });
    let rest = after(text, local).strip_prefix('@')?;
    // Of the host the name alone.
    let host = host(rest)?;
    let name = rest.find(':').map_or(host, |colon| colon.min(host));
    Some(local + 1 + name)
}

fn url_character(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            '-' | '_'
                | '.'
                | '~'
                | ':'
                | '/'
                | '?'
                | '#'
                | '['
                | ']'
                | '@'
                | '!'
                | '$'
                | '&'
                | '\''
                | '('
                | ')'
                | '*'
                | '+'
                | ','
                | ';'
                | '='
                | '%'
        )
}

fn protocol(text: &str) -> Option<usize> {
    let name = run(text, |c| c.is_ascii_alphabetic());
    (name > 0 && after(text, name).starts_with("://")).then_some(name + 3)
}

/// Names of files with single dots and slashes between them.
fn names(text: &str) -> usize {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut length = run(text, name);
    while let Some(rest) = after(text, length).strip_prefix(['.', '/']) {
        match run(rest, name) {
            0 => break,
            more => length += 1 + more,
        }
    }
    let whole = text.get(..length).unwrap_or_default();
    whole.trim_end_matches(['-', '_']).len()
}

/// A path that begins with a word: it holds a slash or a dot between words.
fn file(text: &str) -> Option<usize> {
    let length = names(text);
    let plain = run(text, |c| c.is_ascii_alphanumeric() || c == '_');
    let divided = after(text, plain).starts_with(['.', '/']);
    (divided && length > plain).then_some(length)
}

/// A path that begins with a slash.
fn path(text: &str) -> Option<usize> {
    let rest = after(text, 1);
    let first = rest.chars().next()?;
    let named = first.is_ascii_alphanumeric() || first == '_';
    named.then(|| 1 + names(rest))
}

/// `<a href="x">`, `</a>`, `<!-- -->`, `<?xml ?>`.
fn tag(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    if let Some(comment) = inner.strip_prefix("!--") {
        return comment.find("-->").map(|end| 4 + end + 3);
    }
    let name = inner.strip_prefix(['/', '?', '!']).unwrap_or(inner);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '<') if at > 0 => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// `&amp;`, `&#38;`, `&#x26;`.
fn entity(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('&')?;
    let length = if let Some(code) = inner.strip_prefix("#x").or(inner.strip_prefix("#X")) {
        let digits = run(code, |c| c.is_ascii_hexdigit());
        (digits > 0).then_some(2 + digits)?
    } else if let Some(code) = inner.strip_prefix('#') {
        let digits = digits(code);
        (digits > 0).then_some(1 + digits)?
    } else {
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':')) {
            return None;
        }
        run(inner, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-')
        })
    };
    after(inner, length)
        .starts_with(';')
        .then_some(1 + length + 1)
}

/// What is no token, up to where one may begin.
fn blank(text: &str) -> usize {
    let mut characters = text.char_indices();
    characters.next();
    characters
        .find(|(_, c)| c.is_alphanumeric() || matches!(c, '<' | '&' | '-' | '+' | '/'))
        .map_or(text.len(), |(at, _)| at)
}
