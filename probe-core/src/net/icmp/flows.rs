//! The flows of an engine and the groups they belong to: where events wait for whoever asked.

use std::ops::{Index, IndexMut};
use std::task::Waker;

use slab::Slab;

use super::event::Event;
use super::group::{Member, Outlet};
use super::request::{Buffers, Flow};

/// Buffers kept for flows to come.
const SPARE_BUFFERS: usize = 4096;

/// Flows and groups by number.
#[derive(Default)]
pub(super) struct Flows {
    all: Slab<Flow>,
    groups: Slab<Outlet>,
    spare: Vec<Buffers>,
}

impl Flows {
    /// Adds a flow; `make` gets recycled buffers.
    pub(super) fn add(&mut self, make: impl FnOnce(Buffers) -> Flow) -> u32 {
        let buffers = self.spare.pop().unwrap_or_default();
        self.all.insert(make(buffers)) as u32
    }

    /// Forgets a flow, with what was not told of it. Its requests are in the buffers, which are to be given
    /// [back](Self::recycle).
    pub(super) fn remove(&mut self, number: u32) -> Buffers {
        let mut flow = self.all.remove(number as usize);
        flow.buffers.events.clear();
        if let Some(outlet) = flow.group.and_then(|group| self.groups.get_mut(group)) {
            outlet.events.retain(|(whose, _)| whose.0 != number);
        }
        flow.buffers
    }

    /// Keeps empty buffers for flows to come.
    pub(super) fn recycle(&mut self, buffers: Buffers) {
        if self.spare.len() < SPARE_BUFFERS {
            self.spare.push(buffers);
        }
    }

    /// Adds a group without members.
    pub(super) fn add_group(&mut self) -> usize {
        self.groups.insert(Outlet::default())
    }

    /// Where a group's events wait, as long as the group exists.
    pub(super) fn outlet(&mut self, group: usize) -> &mut Outlet {
        &mut self.groups[group]
    }

    /// Makes a flow a member: from now on its events go to the group, and those that wait already. Returns whom to wake.
    pub(super) fn join(&mut self, number: u32, group: usize) -> Option<Waker> {
        let flow = &mut self.all[number as usize];
        flow.group = Some(group);
        flow.waker = None;
        let outlet = &mut self.groups[group];
        outlet.events.extend(flow.buffers.events.drain(..).map(|event| (Member(number), event)));
        if outlet.events.is_empty() { None } else { outlet.waker.take() }
    }

    /// Reads a little of all that sending needs.
    pub(super) fn touch(&self, member: Member) -> u64 {
        let Some(flow) = self.all.get(member.index()) else { return 0 };
        let requests = flow.buffers.requests.front().copied().unwrap_or_default();
        flow.next_index
            ^ flow.payload_size as u64
            ^ flow.destination.as_bytes().len() as u64
            ^ u64::from(requests)
    }

    /// Whether somebody is a member of this group.
    pub(super) fn is_in(&self, member: Member, group: usize) -> bool {
        self.all.get(member.index()).is_some_and(|flow| flow.group == Some(group))
    }

    /// Forgets a group, and returns its members, who go with it.
    pub(super) fn remove_group(&mut self, group: usize) -> Vec<u32> {
        self.groups.remove(group);
        let members = self.all.iter().filter(|(_, flow)| flow.group == Some(group));
        members.map(|(number, _)| number as u32).collect()
    }

    /// Puts an event where the flow's owner finds it, and says where the owner's waker is.
    pub(super) fn tell(&mut self, number: u32, event: Event) -> &mut Option<Waker> {
        let flow = &mut self.all[number as usize];
        if let Some(outlet) = flow.group.and_then(|group| self.groups.get_mut(group)) {
            outlet.events.push_back((Member(number), event));
            &mut outlet.waker
        } else {
            flow.buffers.events.push_back(event);
            &mut flow.waker
        }
    }

    /// Everybody who waits.
    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        let flows = self.all.iter_mut().filter_map(|(_, flow)| flow.waker.take());
        flows.chain(self.groups.iter_mut().filter_map(|(_, outlet)| outlet.waker.take())).collect()
    }
}

/// A flow exists as long as its pinger does, or its group has it.
impl Index<u32> for Flows {
    type Output = Flow;

    fn index(&self, number: u32) -> &Flow {
        &self.all[number as usize]
    }
}

impl IndexMut<u32> for Flows {
    fn index_mut(&mut self, number: u32) -> &mut Flow {
        &mut self.all[number as usize]
    }
}
