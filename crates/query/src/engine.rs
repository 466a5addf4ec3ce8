//! A statement, from its text to its rows.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::{
    CatalogProvider, MemTable, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider, TableProvider,
};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::{LogicalPlan, ScalarUDF};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement, Visit};

use crate::filter::FilterRule;
use crate::logical::LogicalRules;
use crate::pace::{Pace, PaceRule};
use crate::resolve::{FunctionNames, Given, Resolved, Resolver};
use crate::rows::{CancelFlag, Outcome, Rows};
use crate::scan::cache::Cache;
use crate::scan::{Progress, StoredProvider};
use crate::script::{self, Parsed, Spoken};
use crate::share;
use crate::spill::{Scratch, SpillFiles};
use crate::tables::{StoredTable, TableName, Tables};
use crate::wanted::Wanted;
use crate::{Catalog, ErrorKind, QueryError, change, describe, functions, rules, system};

/// The catalog that holds all schemas, under which nobody names anything.
const CATALOG: &str = "sandglass";

/// What an engine may use.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes that a query may take for what it holds: hash tables, sorted rows. What is read and handed on is not among them.
    pub memory: usize,
    /// Bytes of columns that are kept for the next query.
    pub cache: usize,
    /// How many parts of a query may run at the same time.
    pub partitions: usize,
    /// Where what does not fit into memory may go.
    pub spill: Spill,
}

/// Where a query may put aside what does not fit into memory.
#[derive(Debug, Clone)]
pub enum Spill {
    /// Nowhere: it fails then.
    Nowhere,
    /// Files in the system's temporary directory.
    Directory,
    /// A file that is given.
    Scratch(Arc<dyn Scratch>),
}

impl Default for Options {
    fn default() -> Self {
        Self { memory: 1 << 30, cache: 256 << 20, partitions: 1, spill: Spill::Directory }
    }
}

/// Carries out statements.
#[derive(Debug)]
pub struct Engine {
    pub(crate) tables: Arc<dyn Tables>,
    base: SessionState,
    functions: FunctionNames,
    rules: LogicalRules,
    cache: Arc<Cache>,
}

impl Engine {
    /// An engine over these tables.
    ///
    /// # Errors
    /// When there is no place for temporary files.
    pub fn new(tables: Arc<dyn Tables>, options: &Options) -> Result<Self, QueryError> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, TableName::MAIN)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(false)
            .with_target_partitions(options.partitions.max(1));
        // The check compares what columns may be null by two ways of planning, which differ where a constant is found in one of them.
        config.options_mut().execution.skip_physical_aggregate_schema_check = true;
        // A third pass finds nothing that two have not, and planning is most of what a small query takes.
        config.options_mut().optimizer.max_passes = 2;
        // A join by whole numbers has an array of their rows where one in fifty of the numbers between the least and the greatest
        // is there: that is 200 bytes for a row at most, and nothing is hashed.
        config.options_mut().execution.perfect_hash_join_min_key_density = 0.02;
        let parser = &mut config.options_mut().sql_parser;
        // Names are as the pass over them has left them, texts are of the type that is stored, and numbers are as exact as they are written.
        parser.enable_ident_normalization = false;
        parser.map_string_types_to_utf8view = false;
        parser.parse_float_as_decimal = true;
        parser.collect_spans = true;
        parser.default_null_ordering = "nulls_last".to_owned();
        // A view that is ordered stays so for those who select from it.
        parser.enable_subquery_sort_elimination = false;
        let disk = match &options.spill {
            Spill::Nowhere => DiskManagerMode::Disabled,
            Spill::Directory => DiskManagerMode::OsTmpDirectory,
            Spill::Scratch(scratch) => {
                DiskManagerMode::Custom(Arc::new(SpillFiles::new(Arc::clone(scratch))))
            }
        };
        let most = std::num::NonZeroUsize::MIN.saturating_add(2);
        let pool = TrackConsumersPool::new(FairSpillPool::new(options.memory), most);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(disk))
            .build_arc()?;
        let own = functions::all();
        // All that comes with it but the readers and writers of files, which would be a large part of the module in a browser.
        let mut builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_expr_planners(SessionStateDefaults::default_expr_planners())
            .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
            .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
            .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
            .with_window_functions(SessionStateDefaults::default_window_functions())
            .with_table_function_list(SessionStateDefaults::default_table_functions());
        builder = match options.partitions {
            0 | 1 => builder.with_physical_optimizer_rules(rules::for_one_part()),
            _ => builder.with_physical_optimizer_rule(Arc::new(FilterRule)),
        };
        let scalar = builder.scalar_functions().get_or_insert_default();
        scalar.retain(|function: &Arc<ScalarUDF>| own.iter().all(|other| other.name() != function.name()));
        scalar.extend(own.iter().cloned());
        if let Some(operators) = functions::Operators::new(&own) {
            builder.expr_planners().get_or_insert_default().insert(0, Arc::new(operators));
        }
        let base = builder.build();
        let functions = FunctionNames {
            scalar: base.scalar_functions().keys().cloned().collect(),
            aggregate: base.aggregate_functions().keys().cloned().collect(),
            window: base.window_functions().keys().cloned().collect(),
        };
        let rules = LogicalRules::new(base.config_options());
        Ok(Self { tables, base, functions, rules, cache: Arc::new(Cache::new(options.cache)) })
    }

    /// The same, giving control back when this says so: for where there is one thread.
    #[must_use]
    pub fn paced(mut self, pace: Arc<dyn Pace>) -> Self {
        let rule = Arc::new(PaceRule(pace));
        self.base =
            SessionStateBuilder::new_from_existing(self.base).with_physical_optimizer_rule(rule).build();
        self
    }

    /// The same over other tables, which are in memory: no columns of them are kept.
    #[must_use]
    pub fn over(&self, tables: Arc<dyn Tables>) -> Self {
        let (base, functions, rules) = (self.base.clone(), self.functions.clone(), self.rules.clone());
        Self { tables, base, functions, rules, cache: Arc::new(Cache::new(0)) }
    }

    /// Bytes of columns that are kept for the next query.
    pub fn kept_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// The names of all functions, in order.
    pub fn function_names(&self) -> Vec<&str> {
        let FunctionNames { scalar, aggregate, window } = &self.functions;
        let mut all: Vec<&str> = scalar.iter().chain(aggregate).chain(window).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn function_kinds(&self) -> Vec<(&str, &str)> {
        let FunctionNames { scalar, aggregate, window } = &self.functions;
        let kinds = [(scalar, "scalar"), (aggregate, "aggregate"), (window, "window")];
        let mut all: Vec<(&str, &str)> = kinds
            .into_iter()
            .flat_map(|(names, kind)| names.iter().map(move |name| (name.as_str(), kind)))
            .collect();
        all.sort_unstable();
        all
    }

    /// All tables and views.
    ///
    /// # Errors
    /// When the warehouse cannot be read.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, QueryError> {
        self.tables.catalog().await
    }

    /// Carries out a statement.
    ///
    /// # Errors
    /// When it cannot be. What is stored is then as it was.
    pub async fn run(&self, parsed: &Parsed, flag: &CancelFlag) -> Result<Outcome, QueryError> {
        let spoken = parsed.statement.clone();
        let outcome = match spoken {
            Spoken::Summarize(statement) => describe::summarize(self, *statement, flag).await,
            Spoken::Describe(statement) => describe::describe(self, *statement).await,
            Spoken::Statement(statement) => self.statement(*statement, parsed, flag).await,
        };
        // Where nothing better is known, it is the statement.
        outcome.map_err(|mut error| {
            if error.place.is_none() && matches!(error.kind, ErrorKind::Syntax | ErrorKind::Name) {
                error.place = Some(parsed.place);
            }
            error
        })
    }

    /// Carries out all statements of a script, and hands out what comes of each.
    ///
    /// # Errors
    /// When one cannot be carried out. Those before it have been.
    pub async fn run_all(&self, script: &str) -> Result<Vec<Outcome>, QueryError> {
        let mut outcomes = Vec::new();
        for parsed in script::statements(script)? {
            outcomes.push(self.run(&parsed, &CancelFlag::default()).await?);
        }
        Ok(outcomes)
    }

    async fn statement(
        &self,
        statement: Statement,
        parsed: &Parsed,
        flag: &CancelFlag,
    ) -> Result<Outcome, QueryError> {
        match statement {
            Statement::Query(query) => Ok(Outcome::Rows(self.query(query, flag).await?)),
            Statement::Explain { analyze, verbose, format, statement, .. } => {
                let Statement::Query(mut query) = *statement else {
                    return Err(QueryError::unsupported(
                        "only queries can be explained; write EXPLAIN SELECT …",
                    ));
                };
                let (resolved, progress) = self.resolve(&mut query).await?;
                let explain = Statement::Explain {
                    describe_alias: datafusion::sql::sqlparser::ast::DescribeAlias::Explain,
                    analyze,
                    verbose,
                    query_plan: false,
                    estimate: false,
                    statement: Box::new(Statement::Query(query)),
                    format,
                    options: None,
                };
                Ok(Outcome::Rows(self.start(explain, resolved, progress, flag).await?.shown_as_plan()))
            }
            other => change::run(self, other, parsed, flag).await,
        }
    }

    /// The rows of a query.
    pub(crate) async fn query(&self, mut query: Box<Query>, flag: &CancelFlag) -> Result<Rows, QueryError> {
        let (resolved, progress) = self.resolve(&mut query).await?;
        self.start(Statement::Query(query), resolved, progress, flag).await
    }

    /// The columns of a query, without running it.
    pub(crate) async fn columns(&self, mut query: Box<Query>) -> Result<SchemaRef, QueryError> {
        let (resolved, _) = self.resolve(&mut query).await?;
        let names = resolved.columns.clone();
        let state = self.state(resolved)?;
        let plan = logical(&state, Statement::Query(query)).await?;
        Ok(named(plan.schema().inner(), &names))
    }

    /// The columns of a query by its text, without running it.
    ///
    /// # Errors
    /// When it is not one query, or cannot be carried out.
    pub async fn columns_of(&self, sql: &str) -> Result<SchemaRef, QueryError> {
        self.columns(script::query(sql)?).await
    }

    /// The rows of a query by its text.
    ///
    /// # Errors
    /// When it is not one query, or cannot be carried out.
    pub async fn rows_of(&self, sql: &str, flag: &CancelFlag) -> Result<Rows, QueryError> {
        self.query(script::query(sql)?, flag).await
    }

    /// Finds the names of a query.
    async fn resolve(&self, query: &mut Box<Query>) -> Result<(Resolved, Arc<Progress>), QueryError> {
        let catalog = self.tables.catalog().await?;
        let given = self.given(query, &catalog).await?;
        let progress = Arc::new(Progress::default());
        let provider = |table: &Arc<StoredTable>| -> Arc<dyn TableProvider> {
            let (table, tables) = (Arc::clone(table), Arc::clone(&self.tables));
            Arc::new(StoredProvider::new(table, tables, Arc::clone(&self.cache), Arc::clone(&progress)))
        };
        let resolved = Resolver::new(&catalog, &given, &self.functions, &provider).resolve(query)?;
        Ok((resolved, progress))
    }

    /// What a query names beside tables and views: files, and tables about tables.
    async fn given(&self, query: &Query, catalog: &Catalog) -> Result<Given, QueryError> {
        let mut wanted = Wanted::new(catalog);
        if let ControlFlow::Break(error) = query.visit(&mut wanted) {
            return Err(error);
        }
        let Wanted { files, system: schemas, .. } = wanted;
        let mut given = Given::default();
        for schema in schemas {
            for (name, batch) in system::tables(self, catalog, &schema.0, schema.1.as_deref()).await? {
                let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
                given.system.insert(name, Arc::new(table));
            }
        }
        for (format, name) in files {
            let (schema, batches) = self.tables.open_file(&name, format.as_deref()).await?;
            let table = MemTable::try_new(schema, vec![batches])?;
            given.files.insert((format, name), Arc::new(table));
        }
        Ok(given)
    }

    /// The state in which a statement is planned: it knows what the statement names, and nothing else.
    fn state(&self, resolved: Resolved) -> Result<SessionState, QueryError> {
        let catalog = MemoryCatalogProvider::new();
        for ((schema, name), provider) in resolved.tables {
            let there = match catalog.schema(&schema) {
                Some(there) => there,
                None => {
                    let new: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
                    catalog.register_schema(&schema, Arc::clone(&new))?;
                    new
                }
            };
            there.register_table(name, provider)?;
        }
        let list = MemoryCatalogProviderList::new();
        datafusion::catalog::CatalogProviderList::register_catalog(
            &list,
            CATALOG.to_owned(),
            Arc::new(catalog),
        );
        let mut state = self.base.clone();
        state.register_catalog_list(Arc::new(list));
        if resolved.in_order {
            // Rows come as they are stored, as long as nothing brings them out of order.
            state.config_mut().options_mut().execution.target_partitions = 1;
        }
        // The time that a statement calls now is the same in all of it.
        state.mark_start_execution();
        Ok(state)
    }

    async fn start(
        &self,
        statement: Statement,
        resolved: Resolved,
        progress: Arc<Progress>,
        flag: &CancelFlag,
    ) -> Result<Rows, QueryError> {
        let notes = resolved.notes.clone();
        let is_query = matches!(statement, Statement::Query(_));
        let names = resolved.columns.clone();
        let state = self.state(resolved)?;
        let logical = share::shared(logical(&state, statement).await?, &state)?;
        let logical = self.rules.better(logical, &state)?;
        let plan = state.query_planner().create_physical_plan(&logical, &state).await?;
        let stream = datafusion::physical_plan::execute_stream(Arc::clone(&plan), state.task_ctx())?;
        let schema = if is_query { named(&plan.schema(), &names) } else { plan.schema() };
        Ok(Rows { schema, stream, plan: Some(plan), progress, notes, flag: flag.clone() })
    }
}

async fn logical(state: &SessionState, statement: Statement) -> Result<LogicalPlan, QueryError> {
    let plan = state.statement_to_plan(EngineStatement::Statement(Box::new(statement))).await?;
    Ok(plan)
}

/// Columns with the names that the statement gives them.
fn named(schema: &SchemaRef, names: &[String]) -> SchemaRef {
    if schema.fields().len() != names.len() {
        return Arc::clone(schema);
    }
    let field =
        |(field, name): (&Arc<arrow::datatypes::Field>, &String)| field.as_ref().clone().with_name(name);
    Arc::new(arrow::datatypes::Schema::new(schema.fields().iter().zip(names).map(field).collect::<Vec<_>>()))
}
