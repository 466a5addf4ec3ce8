//! The data of TPC-H in a warehouse.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use sandglass_query::{TableName, Tables, Target, stored_type};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow,
    SupplierArrow,
};

use super::Db;

/// Makes the eight tables of a scale in the schema `tpch`.
pub fn fill(db: &Db, scale: f64) {
    put(db, "nation", NationArrow::new(NationGenerator::new(scale, 1, 1)));
    put(db, "region", RegionArrow::new(RegionGenerator::new(scale, 1, 1)));
    put(db, "part", PartArrow::new(PartGenerator::new(scale, 1, 1)));
    put(db, "supplier", SupplierArrow::new(SupplierGenerator::new(scale, 1, 1)));
    put(db, "partsupp", PartSuppArrow::new(PartSuppGenerator::new(scale, 1, 1)));
    put(db, "customer", CustomerArrow::new(CustomerGenerator::new(scale, 1, 1)));
    put(db, "orders", OrderArrow::new(OrderGenerator::new(scale, 1, 1)));
    put(db, "lineitem", LineItemArrow::new(LineItemGenerator::new(scale, 1, 1)));
}

fn put(db: &Db, name: &str, batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send) {
    db.runtime
        .block_on(async {
            let mut writer = None;
            for batch in batches {
                let batch = stored(&batch.unwrap());
                let writer = match &mut writer {
                    Some(writer) => writer,
                    none => {
                        let target = Target::New { name: TableName::new("tpch", name), replace: false };
                        none.insert(db.tables.write(target, batch.schema(), "TPC-H").await.unwrap())
                    }
                };
                writer.push(batch).await.unwrap();
            }
            writer.unwrap().finish().await.unwrap();
        })
        .unwrap();
}

/// Rows in the types that are stored.
fn stored(batch: &RecordBatch) -> RecordBatch {
    let types = batch
        .schema()
        .fields()
        .iter()
        .map(|field| stored_type(field.data_type()).unwrap())
        .collect::<Vec<_>>();
    let columns = batch.columns().iter().zip(&types).map(|(column, of)| cast(column, of).unwrap()).collect();
    let fields = batch
        .schema()
        .fields()
        .iter()
        .zip(types)
        .map(|(field, of)| Field::new(field.name(), of, true))
        .collect::<Vec<_>>();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}
