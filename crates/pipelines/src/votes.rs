//! Votes of a Stack Exchange site, as its public data dump has them: one JSON object per vote.

use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec};
use sandglass_warehouse::{Key, TableSpec};
use sandglass_weekly::{Threshold, WeekRule};

use crate::{Pipeline, View};

/// The view of the weeks that are outliers.
pub const OUTLIER_WEEKS: &str = "outlier_weeks";

/// The votes pipeline: a table `votes` with the key `Id`, counted by `CreationDate`.
///
/// Most votes have no `UserId` (only favourites and bounties name who voted), and only bounties have a
/// `BountyAmount`.
pub fn pipeline() -> Pipeline {
    use FieldKind::{Integer, Timestamp};
    Pipeline {
        name: "votes".to_owned(),
        records: RecordSpec::new([
            FieldSpec::required("Id", Integer),
            FieldSpec::required("PostId", Integer),
            FieldSpec::required("VoteTypeId", Integer),
            FieldSpec::required("CreationDate", Timestamp),
            FieldSpec::optional("UserId", Integer),
            FieldSpec::optional("BountyAmount", Integer),
        ]),
        table: TableSpec {
            name: "votes".to_owned(),
            key: Key::Integer("Id".to_owned()),
            time: Some("CreationDate".to_owned()),
        },
        schema: "blog_analysis".to_owned(),
        views: views(WeekRule::default(), Threshold::default()),
        checks: CHECKS.map(str::to_owned).to_vec(),
    }
}

/// The views of votes per week and of the weeks that are outliers, under a rule and a threshold. The test is in whole numbers,
/// like that of `sandglass_weekly`: with S votes in N weeks, a week of x is an outlier when q |S - x N| > p S.
pub fn views(rule: WeekRule, threshold: Threshold) -> Vec<View> {
    // The rule that holds where none is named stands nowhere, so that the views read as plainly as they can.
    let rule = match rule {
        WeekRule::Monday => "",
        WeekRule::Sunday => ", 'sunday'",
        WeekRule::Iso => ", 'iso'",
    };
    // By days first: there are few of them, and rows are sooner grouped by one thing than by two.
    let weekly = format!(
        r#"SELECT week_year(day{rule}) AS "Year", week_number(day{rule}) AS "WeekNumber", sum(votes) AS "VoteCount"
FROM (SELECT date("CreationDate") AS day, count(*) AS votes FROM blog_analysis.votes GROUP BY 1) AS days
GROUP BY 1, 2
ORDER BY 1, 2"#
    );
    let (p, q) = (threshold.numerator(), threshold.denominator());
    let outliers = format!(
        r#"SELECT "Year", "WeekNumber", "VoteCount"
FROM blog_analysis.weekly_votes, (SELECT sum("VoteCount") AS s, count(*) AS n FROM blog_analysis.weekly_votes) AS total
WHERE {q} * abs(s - "VoteCount" * n) > {p} * s
ORDER BY 1, 2"#
    );
    let view = |name: &str, sql| View { name: name.to_owned(), sql };
    vec![view("weekly_votes", weekly), view(OUTLIER_WEEKS, outliers)]
}

/// What is expected of votes. The types of votes are those that the data dump has had by the documentation of its schema,
/// <https://meta.stackexchange.com/questions/2677/database-schema-documentation-for-the-public-data-dump-and-sede>: 1 accepted,
/// 2 up, 3 down, 4 offensive, 5 favorite, 6 close, 7 reopen, 8 bounty start, 9 bounty close, 10 deletion, 11 undeletion, 12 spam,
/// 15 moderator review, 16 approved edit suggestion. Further ones that it lists are only those of other products.
const CHECKS: [&str; 9] = [
    "CreationDate between 2008-07-31 and today -- Stack Exchange began on 2008-07-31",
    "Id >= 0",
    "PostId >= 0",
    "UserId >= -1 -- -1 stands for a user who is gone",
    "warning: VoteTypeId in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16) -- the types that the data dump has",
    "warning: PostId references posts.Id",
    "note: CreationDate within 90 days -- the data dump comes four times a year",
    "note: VoteTypeId has stable shares",
    "note: CreationDate has stable weeks",
];

#[cfg(test)]
mod tests {
    use sandglass_quality::Check;

    #[test]
    fn checks_can_be_read_and_are_of_columns_that_there_are() {
        let pipeline = super::pipeline();
        for text in &pipeline.checks {
            let check: Check = text.parse().unwrap();
            assert_eq!(check.to_string(), *text);
            assert!(pipeline.records.fields().iter().any(|field| field.name == check.column), "{text}");
        }
    }
}
