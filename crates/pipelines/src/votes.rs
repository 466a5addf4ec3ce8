//! Votes of a Stack Exchange site, as its public data dump has them: one JSON object per vote.

use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec};
use sandglass_warehouse::{Key, TableSpec};

use crate::Pipeline;

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
        checks: CHECKS.map(str::to_owned).to_vec(),
    }
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
