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
    }
}
