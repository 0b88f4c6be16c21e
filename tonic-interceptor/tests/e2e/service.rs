//! A service that does what its orders say.

use std::pin::Pin;

use tokio_stream::{Stream, StreamExt, iter};
use tonic::{Code, Request, Response, Status, Streaming};

pub(crate) use proto::calls_client::CallsClient;
use proto::calls_server::Calls;
pub(crate) use proto::calls_server::CallsServer;
pub(crate) use proto::{Order, Reply};

#[allow(
    unreachable_pub,
    clippy::all,
    reason = "generated code, which is as its generator likes it"
)]
mod proto {
    include!("../generated/test.calls.rs");
}

type Replies = Pin<Box<dyn Stream<Item = Result<Reply, Status>> + Send>>;

/// The text of an order that is never answered.
pub(crate) const HANG: &str = "hang";

#[derive(Clone, Copy, Default)]
pub(crate) struct Kitchen;

impl Order {
    pub(crate) fn ok(replies: u32) -> Self {
        Self {
            replies,
            ..Self::default()
        }
    }

    pub(crate) fn fails(code: Code, message: &str) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            replies: 0,
        }
    }

    pub(crate) fn says(message: &str) -> Self {
        Self::fails(Code::Ok, message)
    }

    async fn outcome(&self) -> Result<(), Status> {
        match (self.message.as_str(), Code::from(self.code)) {
            (HANG, _) => std::future::pending().await,
            (_, Code::Ok) => Ok(()),
            (message, code) => Err(Status::new(code, message)),
        }
    }
}

#[tonic::async_trait]
impl Calls for Kitchen {
    async fn unary(&self, request: Request<Order>) -> Result<Response<Reply>, Status> {
        request.get_ref().outcome().await?;
        Ok(Response::new(Reply { orders: 1 }))
    }

    type DownloadStream = Replies;

    async fn download(&self, request: Request<Order>) -> Result<Response<Replies>, Status> {
        let order = request.into_inner();
        let replies = (0..order.replies).map(|_| Ok(Reply { orders: 1 }));
        let end = tokio_stream::once(order).then(async |order| order.outcome().await);
        let end = end.filter_map(|end| end.err().map(Err));
        Ok(Response::new(Box::pin(iter(replies).chain(end))))
    }

    async fn upload(&self, request: Request<Streaming<Order>>) -> Result<Response<Reply>, Status> {
        let mut requests = request.into_inner();
        let mut orders = 0;
        while let Some(order) = requests.message().await? {
            orders += 1;
            order.outcome().await?;
        }
        Ok(Response::new(Reply { orders }))
    }

    type ChatStream = Replies;

    async fn chat(&self, request: Request<Streaming<Order>>) -> Result<Response<Replies>, Status> {
        let mut orders = 0;
        let replies = request.into_inner().then(move |order| {
            orders += 1;
            async move {
                order?.outcome().await?;
                Ok(Reply { orders })
            }
        });
        Ok(Response::new(Box::pin(replies)))
    }
}
