//! A caller that is known, and the rules on what it may do.

use std::fmt;
use std::str::FromStr;

use engine::ids::{CarrierId, MerchantId, WarehouseId};

use crate::app::AppError;

/// What a caller does in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A merchant's shop: quotes, orders, returns.
    Shop,
    /// A warehouse's floor: waves, pick lists, packing.
    Warehouse,
    /// A carrier: manifests, tenders, tracking.
    Carrier,
    /// The network's planners: plans, prices, waves.
    Planner,
    /// The network's operators: everything.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Shop, Self::Warehouse, Self::Carrier, Self::Planner, Self::Admin];

    /// The role's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Warehouse => "warehouse",
            Self::Carrier => "carrier",
            Self::Planner => "planner",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| "must be shop, warehouse, carrier, planner or admin".to_owned())
    }
}

/// Whose objects a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// One merchant's.
    Merchant(MerchantId),
    /// One warehouse's.
    Warehouse(WarehouseId),
    /// One carrier's.
    Carrier(CarrierId),
    /// Everyone's.
    Network,
}

/// A caller that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The key's name, for logs and the audit.
    pub name: String,
    /// What the caller does.
    pub role: Role,
    /// Whose objects it sees.
    pub binding: Binding,
}

impl Actor {
    /// The merchant to act for: the caller's own, or for callers of the whole network the one named.
    ///
    /// A shop that names another merchant gets `NotFound`; a caller bound to a warehouse or carrier gets `Forbidden`.
    pub fn merchant(&self, named: Option<&MerchantId>) -> Result<MerchantId, AppError> {
        match (&self.binding, named) {
            (Binding::Merchant(own), None) => Ok(own.clone()),
            (Binding::Merchant(own), Some(named)) if own == named => Ok(own.clone()),
            (Binding::Merchant(_), Some(named)) => Err(not_found("merchant", named)),
            (Binding::Network, Some(named)) => Ok(named.clone()),
            (Binding::Network, None) => Err(AppError::Invalid(vec![engine::fault::Fault::new(
                "",
                "merchant",
                "",
                "must name the merchant to act for: the key is not bound to one",
            )])),
            (Binding::Warehouse(_) | Binding::Carrier(_), _) => {
                Err(AppError::Forbidden(format!("a {} key acts for no merchant", self.role)))
            }
        }
    }

    /// Whether the caller sees everyone's objects.
    pub fn sees_all(&self) -> bool {
        self.binding == Binding::Network
    }

    /// Whether the caller may see an object of `merchant`; callers of warehouses and carriers are judged by those instead.
    pub fn sees_merchant(&self, merchant: &str) -> bool {
        match &self.binding {
            Binding::Merchant(own) => own.as_str() == merchant,
            Binding::Network => true,
            Binding::Warehouse(_) | Binding::Carrier(_) => false,
        }
    }

    /// Whether the caller may see an object of `warehouse`.
    pub fn sees_warehouse(&self, warehouse: &str) -> bool {
        match &self.binding {
            Binding::Warehouse(own) => own.as_str() == warehouse,
            Binding::Network => true,
            Binding::Merchant(_) | Binding::Carrier(_) => false,
        }
    }

    /// Whether the caller may see an object of `carrier`.
    pub fn sees_carrier(&self, carrier: &str) -> bool {
        match &self.binding {
            Binding::Carrier(own) => own.as_str() == carrier,
            Binding::Network => true,
            Binding::Merchant(_) | Binding::Warehouse(_) => false,
        }
    }

    /// Whose share of the service the caller's requests count against.
    pub fn share(&self) -> String {
        match &self.binding {
            Binding::Merchant(id) => format!("merchant {id}"),
            Binding::Warehouse(id) => format!("warehouse {id}"),
            Binding::Carrier(id) => format!("carrier {id}"),
            Binding::Network => format!("{} {}", self.role, self.name),
        }
    }
}

/// What a caller hears of an object that is not there or is another's: the same.
///
/// `if !actor.sees_merchant(order.merchant.as_str()) { return Err(not_found("order", &order.id)); }`
pub fn not_found(kind: &'static str, id: impl fmt::Display) -> AppError {
    AppError::NotFound { kind, id: id.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role, binding: Binding) -> Actor {
        Actor { name: "test".to_owned(), role, binding }
    }

    fn merchant(id: &str) -> MerchantId {
        MerchantId::new(id).unwrap()
    }

    #[test]
    fn a_shop_acts_for_its_own_merchant_only() {
        let shop = actor(Role::Shop, Binding::Merchant(merchant("m1")));
        assert_eq!(shop.merchant(None).unwrap(), merchant("m1"));
        assert_eq!(shop.merchant(Some(&merchant("m1"))).unwrap(), merchant("m1"));
        assert!(matches!(shop.merchant(Some(&merchant("m2"))), Err(AppError::NotFound { kind: "merchant", .. })));
        assert!(
            shop.sees_merchant("m1")
                && !shop.sees_merchant("m2")
                && !shop.sees_warehouse("m1")
                && !shop.sees_carrier("m1")
        );
    }

    #[test]
    fn the_network_must_name_the_merchant() {
        let admin = actor(Role::Admin, Binding::Network);
        assert!(matches!(admin.merchant(None), Err(AppError::Invalid(_))));
        assert_eq!(admin.merchant(Some(&merchant("m2"))).unwrap(), merchant("m2"));
    }

    #[test]
    fn a_warehouse_sees_itself() {
        let floor = actor(Role::Warehouse, Binding::Warehouse(WarehouseId::new("w1").unwrap()));
        assert!(floor.sees_warehouse("w1") && !floor.sees_warehouse("w2") && !floor.sees_merchant("w1"));
        assert!(matches!(floor.merchant(None), Err(AppError::Forbidden(_))));
    }
}
