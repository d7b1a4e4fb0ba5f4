//! `tidewater serve`, `import`, `export`, `keys`: running the service on one's own network.

use std::io::{BufReader, BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::fault::Fault;
use engine::ids::{CarrierId, MerchantId, WarehouseId};
use engine::network::Network;
use engine::units::Seconds;

use super::Failure;
use super::service::{self, fingerprint, open_store};
use crate::app::Budgets;
use crate::auth::{Actor, Binding, KeyEntry, KeyRing, Keys, Role};
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::{data, store, telemetry};

/// Settings that commands read.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Settings file (TOML). Environment variables TIDEWATER_* come before it, flags before both.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Folder of the service's own state.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder that describes the network.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
}

impl Settings {
    /// File, environment and flags as one.
    pub fn read(&self) -> Result<Config, Failure> {
        let text = match &self.config {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?),
        };
        let name = self.config.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let environment = std::env::vars().filter(|(key, _)| key.starts_with("TIDEWATER_")).collect();
        let mut config =
            Config::from_sources(&Sources { file: text.as_deref().map(|text| (name.as_str(), text)), environment })?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(folder) = &self.data_dir {
            config.data_dir.clone_from(folder);
        }
        if let Some(folder) = &self.world {
            config.world_dir.clone_from(folder);
        }
        Ok(config)
    }
}

/// Arguments of `tidewater serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The first start makes the data folder, books the network's opening stock and, if there is no keys file, makes one admin \
                        key and prints it once.\n\nExample:\n  tidewater serve --world data/demo --data-dir my-data\n  open http://127.0.0.1:8080/"
)]
pub struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
    /// Print the settings in force, with their meaning, and end.
    #[arg(long)]
    print_config: bool,
}

/// Serves until Ctrl-C or SIGTERM.
pub fn serve(args: ServeArgs) -> Result<(), Failure> {
    let config = args.settings.read()?;
    if args.print_config {
        print!("{}", config.to_toml());
        return Ok(());
    }
    telemetry::install_logging(&config.log);
    if !config.keys_file.exists() {
        let key = new_key(
            &config.keys_file,
            &Actor { name: "first admin".to_owned(), role: Role::Admin, binding: Binding::Network },
        )?;
        println!(
            "There was no keys file, so {} was made with one admin key. It is shown this once:\n  {key}",
            config.keys_file.display()
        );
    }
    let keys = Keys::load(&config.keys_file)?;
    let period = Seconds::new(i64::try_from(config.planner_period.as_secs()).unwrap_or(i64::MAX));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        let service = service::start(config, keys, Clock::system(), period, Budgets::default()).await?;
        let address = service.listener.local_addr().context("reading the address")?;
        println!("Tidewater serves on http://{address}/ (API at /docs). Ctrl-C ends it.");
        service.serve().await.map_err(Failure::from)
    })
}

/// Arguments of `tidewater export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Writes every event as one line of JSON; `tidewater import` makes the same state of it, byte for byte. Stop the service \
                        first: it owns its data folder."
)]
pub struct ExportArgs {
    #[command(flatten)]
    settings: Settings,
    /// Where to write; `-` for standard output.
    #[arg(default_value = "-")]
    to: PathBuf,
}

/// Exports the log.
pub fn export(args: ExportArgs) -> Result<(), Failure> {
    let config = args.settings.read()?;
    let network = Network::new(data::load(&config.world_dir)?.world);
    let store = open_store(&config.data_dir, &network)?;
    let mut to: Box<dyn Write> = if args.to == Path::new("-") {
        Box::new(std::io::stdout().lock())
    } else {
        Box::new(BufWriter::new(
            std::fs::File::create(&args.to).with_context(|| format!("writing {}", args.to.display()))?,
        ))
    };
    let events = store::export(&store, &fingerprint(&network), &mut to).map_err(anyhow::Error::from)?;
    to.flush().context("writing the export")?;
    eprintln!("{events} events exported");
    Ok(())
}

/// Arguments of `tidewater import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads an export into a new data folder of the same network: all of it or, if a line is wrong, nothing."
)]
pub struct ImportArgs {
    #[command(flatten)]
    settings: Settings,
    /// The export.
    from: PathBuf,
}

/// Imports a log.
pub fn import(args: ImportArgs) -> Result<(), Failure> {
    let config = args.settings.read()?;
    let network = Network::new(data::load(&config.world_dir)?.world);
    let store = open_store(&config.data_dir, &network)?;
    let file = std::fs::File::open(&args.from).with_context(|| format!("reading {}", args.from.display()))?;
    let events = store::import(&store, &fingerprint(&network), &mut BufReader::new(file)).map_err(|error| {
        Failure::BadInput(vec![Fault::new(args.from.display().to_string(), "", "", error.to_string())])
    })?;
    eprintln!("{events} events imported into {}", config.data_dir.display());
    Ok(())
}

/// Arguments of `tidewater keys`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: tidewater keys new --role shop --merchant loomlark --name \"web shop\"\nA running service reads the file again \
                        on SIGHUP. Only hashes are stored: a lost key cannot be shown again."
)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeysCommand {
    /// Make a key, print it once, and add its hash to the keys file.
    New {
        #[command(flatten)]
        settings: Settings,
        /// shop, warehouse, carrier, planner or admin.
        #[arg(long)]
        role: String,
        /// A name for people.
        #[arg(long)]
        name: Option<String>,
        /// The merchant of a shop's key.
        #[arg(long)]
        merchant: Option<String>,
        /// The warehouse of a warehouse's key.
        #[arg(long)]
        warehouse: Option<String>,
        /// The carrier of a carrier's key.
        #[arg(long)]
        carrier: Option<String>,
    },
}

/// Makes keys.
pub fn keys(args: KeysArgs) -> Result<(), Failure> {
    let KeysCommand::New { settings, role, name, merchant, warehouse, carrier } = args.command;
    let config = settings.read()?;
    let world = data::load(&config.world_dir)?.world;
    let mut faults = Vec::new();
    let role: Option<Role> =
        role.parse().map_err(|rule: String| faults.push(Fault::new("--role", "", &role, rule))).ok();
    let binding = role.and_then(|role| {
        let (flag, given) = match role {
            Role::Shop => ("--merchant", &merchant),
            Role::Warehouse => ("--warehouse", &warehouse),
            Role::Carrier => ("--carrier", &carrier),
            Role::Planner | Role::Admin => return Some(Binding::Network),
        };
        let id = given.as_deref().unwrap_or_default();
        let binding = match role {
            Role::Shop => world.merchant(id).and(MerchantId::new(id).ok()).map(Binding::Merchant),
            Role::Warehouse => world.warehouse(id).and(WarehouseId::new(id).ok()).map(Binding::Warehouse),
            _ => world.carrier(id).and(CarrierId::new(id).ok()).map(Binding::Carrier),
        };
        if binding.is_none() {
            faults.push(Fault::new(flag, "", id, format!("a {role} key needs one of the network's")));
        }
        binding
    });
    let (Some(role), Some(binding)) = (role, binding) else { return Err(Failure::BadInput(faults)) };
    let name = name.unwrap_or_else(|| role.to_string());
    let key = new_key(&config.keys_file, &Actor { name, role, binding })?;
    println!("{key}");
    eprintln!("added to {}; it is shown this once", config.keys_file.display());
    Ok(())
}

/// Makes a key, appends its hash to the file, and returns its text.
fn new_key(file: &Path, actor: &Actor) -> anyhow::Result<String> {
    let (text, entry) = KeyEntry::issue(actor)?;
    let known = if file.exists() { std::fs::read_to_string(file)? } else { String::new() };
    std::fs::write(file, format!("{known}{}\n", entry.to_toml()?))
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(text.reveal().to_owned())
}

/// Keys for one run, kept nowhere: `(text, ring)` of these actors in order.
pub fn one_time_keys(actors: &[Actor]) -> anyhow::Result<(Vec<String>, Keys)> {
    let (mut ring, mut texts) = (KeyRing::default(), Vec::new());
    for actor in actors {
        let (text, entry) = KeyEntry::issue(actor)?;
        ring.add("one-time key", &entry).map_err(|faults| anyhow::anyhow!("{}", faults[0]))?;
        texts.push(text.reveal().to_owned());
    }
    Ok((texts, Keys::fixed(ring)))
}
