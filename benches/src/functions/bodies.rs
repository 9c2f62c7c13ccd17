//! What the functions do.

use std::{
    future::Future,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

pub(super) fn work(value: i64) -> i64 {
    black_box(value) * 3
}

/// Ready at the `wanted`-th poll.
pub(super) struct Polls {
    wanted: usize,
    done: usize,
}

impl Polls {
    pub(super) fn new(wanted: usize) -> Self {
        Self { wanted, done: 0 }
    }
}

impl Future for Polls {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        self.done += 1;
        if self.done == black_box(self.wanted) {
            Poll::Ready(self.done)
        } else {
            Poll::Pending
        }
    }
}

/// Polls until there is an output.
pub(super) fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
