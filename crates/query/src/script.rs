//! The text of a script: its statements, found by the parser and not at semicolons.

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::{Dialect, DuckDbDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use crate::{ErrorKind, Place, QueryError};

/// How deep queries and parentheses may stand within each other: what plans them calls itself for every level.
const MAX_DEPTH: usize = if cfg!(target_family = "wasm") { 60 } else { 200 };
/// How many operators may stand in a row, as in `a + b + c` or `UNION ALL`.
const MAX_CHAIN: usize = if cfg!(target_family = "wasm") { 400 } else { 2_000 };

/// A statement of a script.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it says.
    pub statement: Spoken,
    /// Its text, without the semicolon.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Parsed {
    /// Whether it may change what is stored.
    pub fn is_change(&self) -> bool {
        let Spoken::Statement(statement) = &self.statement else { return false };
        matches!(
            statement.as_ref(),
            Statement::CreateTable(_)
                | Statement::CreateView(_)
                | Statement::Insert(_)
                | Statement::Drop { .. }
        )
    }
}

/// What a statement says.
#[derive(Debug, Clone)]
pub enum Spoken {
    /// What the parser knows.
    Statement(Box<Statement>),
    /// `SUMMARIZE`, with the query of what is to be summarised.
    Summarize(Box<Statement>),
    /// `DESCRIBE` or `SHOW`, with the query of what is to be described.
    Describe(Box<Statement>),
}

/// DuckDB's dialect, with what people write for SQLite and others as well.
#[derive(Debug, Default)]
struct Spelling {
    duckdb: DuckDbDialect,
}

impl Dialect for Spelling {
    // The parser asks for the dialect itself in some places.
    fn dialect(&self) -> std::any::TypeId {
        self.duckdb.dialect()
    }
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"' || ch == '`'
    }
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }
    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '$' || ch == '_'
    }
    fn supports_trailing_commas(&self) -> bool {
        true
    }
    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }
    fn supports_group_by_expr(&self) -> bool {
        true
    }
    fn supports_group_by_with_modifier(&self) -> bool {
        true
    }
    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }
    fn supports_named_fn_args_with_assignment_operator(&self) -> bool {
        true
    }
    fn supports_dictionary_syntax(&self) -> bool {
        true
    }
    fn allow_extract_single_quotes(&self) -> bool {
        true
    }
    fn allow_extract_custom(&self) -> bool {
        true
    }
    fn supports_array_typedef_with_brackets(&self) -> bool {
        true
    }
    fn supports_from_first_select(&self) -> bool {
        true
    }
    fn supports_order_by_all(&self) -> bool {
        true
    }
    fn supports_select_wildcard_exclude(&self) -> bool {
        true
    }
    fn supports_select_wildcard_except(&self) -> bool {
        true
    }
    fn supports_select_wildcard_replace(&self) -> bool {
        true
    }
    fn supports_select_wildcard_rename(&self) -> bool {
        true
    }
    fn supports_notnull_operator(&self) -> bool {
        true
    }
    fn supports_comma_separated_trim(&self) -> bool {
        true
    }
    fn supports_limit_comma(&self) -> bool {
        true
    }
    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }
    fn supports_values_as_table_factor(&self) -> bool {
        true
    }
    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }
    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }
    fn supports_nested_comments(&self) -> bool {
        true
    }
    fn supports_in_empty_list(&self) -> bool {
        true
    }
    fn supports_try_convert(&self) -> bool {
        true
    }
    fn supports_numeric_literal_underscores(&self) -> bool {
        true
    }
    fn supports_string_escape_constant(&self) -> bool {
        true
    }
}

/// The statements of a script.
///
/// # Errors
/// When it is no SQL, or is nested too deeply.
pub fn statements(script: &str) -> Result<Vec<Parsed>, QueryError> {
    let dialect = Spelling::default();
    let tokens = Tokenizer::new(&dialect, script).tokenize_with_location().map_err(|error| QueryError {
        kind: ErrorKind::Syntax,
        message: sentence(&error.message),
        place: Some(Place::at(error.location.line, error.location.column)),
    })?;
    check_depth(&tokens)?;
    let lines = Lines::of(script);
    let is_said = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::EOF);
    let end = tokens
        .iter()
        .rev()
        .find(is_said)
        .map_or(Span::empty(), |token| Span::new(token.span.end, token.span.end));
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let mut statements = Vec::new();
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        let first = parser.peek_token();
        if first.token == Token::EOF {
            return Ok(statements);
        }
        if matches!(&first.token, Token::Word(word) if word.keyword == Keyword::PRAGMA) {
            let what =
                "there are no PRAGMAs; write DESCRIBE table, SHOW TABLES, or SELECT * FROM system.tables";
            return Err(QueryError::unsupported(what).at(first.span));
        }
        let statement = spoken(&mut parser).map_err(|error| of_parser(&error, &first, end))?;
        let last = parser.get_current_token().span.end;
        let next = parser.peek_token();
        if !matches!(next.token, Token::SemiColon | Token::EOF) {
            let message = format!(
                "the statement should end before {}; is a semicolon or a comma missing?",
                shown(&next)
            );
            return Err(QueryError::new(ErrorKind::Syntax, message).at(next.span));
        }
        let start = first.span.start;
        let place =
            Place { line: start.line, column: start.column, end_line: last.line, end_column: last.column };
        let text = script.get(lines.offset(start)..lines.offset(last)).unwrap_or_default().to_owned();
        statements.push(Parsed { statement, text, place });
    }
}

/// The query of a view.
pub(crate) fn query(sql: &str) -> Result<Box<datafusion::sql::sqlparser::ast::Query>, QueryError> {
    let wrong = || QueryError::new(ErrorKind::Syntax, "it is not one query");
    let mut all = statements(sql)?;
    match (all.pop(), all.pop()) {
        (Some(Parsed { statement: Spoken::Statement(statement), .. }), None) => match *statement {
            Statement::Query(query) => Ok(query),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn spoken(parser: &mut Parser<'_>) -> Result<Spoken, ParserError> {
    let first = parser.peek_token();
    let Token::Word(word) = &first.token else {
        return parser.parse_statement().map(Box::new).map(Spoken::Statement);
    };
    let is = |name: &str| word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name);
    let second = parser.peek_nth_token(1);
    let is_show = is("show") && shows_a_table(&second);
    if is("summarize") {
        parser.next_token();
        return described(parser).map(Spoken::Summarize);
    }
    if is("describe") || is("desc") || is_show {
        parser.next_token();
        return described(parser).map(Spoken::Describe);
    }
    parser.parse_statement().map(Box::new).map(Spoken::Statement)
}

/// Whether what follows `SHOW` is the name of a table, and not of something that can be shown.
fn shows_a_table(second: &TokenWithSpan) -> bool {
    let others = [
        "tables",
        "columns",
        "views",
        "schemas",
        "databases",
        "functions",
        "create",
        "all",
        "full",
        "extended",
        "external",
        "terse",
    ];
    match &second.token {
        Token::Word(word) => {
            word.quote_style.is_some() || others.iter().all(|other| !word.value.eq_ignore_ascii_case(other))
        }
        _ => false,
    }
}

/// What is to be described: a query, or all of a table.
fn described(parser: &mut Parser<'_>) -> Result<Box<Statement>, ParserError> {
    let _ = parser.parse_keyword(Keyword::TABLE);
    let begins_query = match &parser.peek_token().token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::SELECT | Keyword::WITH | Keyword::FROM | Keyword::VALUES | Keyword::TABLE
        ),
        Token::LParen => true,
        _ => false,
    };
    if begins_query {
        return parser.parse_query().map(Statement::Query).map(Box::new);
    }
    // The rest is read as what stands behind FROM.
    let factor = parser.parse_table_factor()?;
    let dialect = Spelling::default();
    let mut query = Parser::new(&dialect).try_with_sql("SELECT * FROM x")?.parse_query()?;
    if let datafusion::sql::sqlparser::ast::SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
    {
        from.relation = factor;
    }
    Ok(Box::new(Statement::Query(query)))
}

/// Refuses what would be too deep for whatever works on it level by level, before anything does.
fn check_depth(tokens: &[TokenWithSpan]) -> Result<(), QueryError> {
    let refused =
        |token: &TokenWithSpan, what: &str| Err(QueryError::unsupported(what.to_owned()).at(token.span));
    // How many operators stand in a row, for each open parenthesis.
    let mut chains = vec![0_usize];
    let mut cases = 0_usize;
    for token in tokens {
        let chain = match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                chains.push(0);
                if chains.len() > MAX_DEPTH {
                    return refused(
                        token,
                        &format!(
                            "more than {MAX_DEPTH} parentheses are within each other; put parts into WITH, or into views"
                        ),
                    );
                }
                continue;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                chains.pop();
                if chains.is_empty() {
                    chains.push(0);
                }
                continue;
            }
            Token::Comma | Token::SemiColon => {
                if matches!(token.token, Token::SemiColon) {
                    chains.truncate(1);
                    cases = 0;
                }
                0
            }
            Token::Word(word) => match word.keyword {
                Keyword::SELECT
                | Keyword::FROM
                | Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER => {
                    // Unions are counted over their selects.
                    continue;
                }
                Keyword::CASE => {
                    cases += 1;
                    if cases > MAX_DEPTH {
                        return refused(token, &format!("more than {MAX_DEPTH} CASE are within each other"));
                    }
                    continue;
                }
                Keyword::END => {
                    cases = cases.saturating_sub(1);
                    continue;
                }
                Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::JOIN
                | Keyword::LIKE
                | Keyword::IS => 1,
                _ => continue,
            },
            Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::DuckIntDiv
            | Token::Mod
            | Token::StringConcat
            | Token::Eq
            | Token::DoubleEq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Pipe
            | Token::Ampersand
            | Token::Caret
            | Token::DoubleColon
            | Token::Arrow
            | Token::LongArrow
            | Token::Tilde
            | Token::ExclamationMark
            | Token::ShiftLeft
            | Token::ShiftRight
            | Token::Period => 1,
            _ => continue,
        };
        let Some(last) = chains.last_mut() else { continue };
        *last = if chain == 0 { 0 } else { *last + 1 };
        if *last > MAX_CHAIN {
            return refused(
                token,
                &format!(
                    "more than {MAX_CHAIN} operators stand in a row; use IN (...) for many values, or put them into a table"
                ),
            );
        }
    }
    Ok(())
}

/// The parser's errors end with the place.
fn of_parser(error: &ParserError, first: &TokenWithSpan, end: Span) -> QueryError {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            let what =
                format!("it is nested more than {MAX_DEPTH} levels deep; put parts into WITH, or into views");
            return QueryError::unsupported(what).at(first.span);
        }
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
    };
    let (message, place) = match message.rsplit_once(" at Line: ") {
        Some((what, place)) => {
            let mut numbers = place.split(", Column: ").map(|number| number.trim().parse::<u64>());
            let place = match (numbers.next(), numbers.next()) {
                (Some(Ok(line)), Some(Ok(column))) => Some(Place::at(line, column)),
                _ => None,
            };
            (what, place)
        }
        None if message.ends_with("found: EOF") => (message.as_str(), Place::of(end)),
        None => (message.as_str(), Place::of(first.span)),
    };
    let place = place.map(|place| match message.rsplit_once("found: ") {
        Some((_, found)) if !found.contains(char::is_whitespace) && found != "EOF" => {
            Place { end_column: place.column + found.chars().count() as u64, ..place }
        }
        _ => place,
    });
    QueryError { kind: ErrorKind::Syntax, message: sentence(message), place }
}

/// What a parser says, in our words.
fn sentence(message: &str) -> String {
    match message.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
        Some((expected, "EOF")) => format!("{expected} is expected, and the statement ends there"),
        Some((expected, found)) => format!("{expected} is expected, and {found} is there"),
        None => message.to_owned(),
    }
}

fn shown(token: &TokenWithSpan) -> String {
    token.token.to_string()
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts }
    }

    /// The byte at which a place stands.
    fn offset(&self, place: Location) -> usize {
        let line = (place.line.max(1) - 1) as usize;
        let Some(&start) = self.starts.get(line) else { return self.text.len() };
        let rest = self.text.get(start..).unwrap_or_default();
        let before = (place.column.max(1) - 1) as usize;
        start + rest.char_indices().nth(before).map_or(rest.len(), |(at, _)| at)
    }
}

/// A span of nothing, for what was not in the text.
pub(crate) fn nowhere() -> Span {
    Span::empty()
}
