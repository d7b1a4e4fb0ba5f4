//! Returns: announced by shops, received by warehouses.

use std::sync::Arc;

use engine::fulfilment::{Grading, LineQuantity, Refusal, Return};
use engine::ids::{OrderId, ReturnId};

use super::{App, AppError};

impl App {
    /// Opens a return and chooses the way back.
    pub async fn open_return(
        &self,
        order: OrderId,
        lines: Vec<LineQuantity>,
        reason: Option<String>,
    ) -> Result<Return, AppError> {
        let (network, now) = (Arc::clone(&self.network), self.now());
        let id = ReturnId::new(&format!("r-{}", uuid::Uuid::now_v7())).map_err(anyhow::Error::from)?;
        let opened = id.clone();
        self.submit(None, move |state| {
            let order = state.order(&order)?;
            let new = engine::returns::plan(&network, state, order, id, lines, reason, now)
                .map_err(|why| Refusal::Invalid(why.to_string()))?;
            Ok((state.decide_open_return(new)?, ()))
        })
        .await?;
        self.return_of(&opened)
    }

    /// Books what came back.
    pub async fn receive_return(&self, id: ReturnId, gradings: Vec<Grading>) -> Result<Return, AppError> {
        let (now, received) = (self.now(), id.clone());
        self.submit(None, move |state| Ok((state.decide_receive(&id, &gradings, now)?, ()))).await?;
        self.return_of(&received)
    }

    /// A return.
    pub fn return_of(&self, id: &ReturnId) -> Result<Return, AppError> {
        self.read(|state| state.returns().get(id).cloned())
            .ok_or_else(|| AppError::NotFound { kind: "return", id: id.to_string() })
    }
}
