// A group on Gloo's transport: sends and receives over TCP between each two processes. The order of
// sums is ours (train/group_sum.h), so that none of Gloo's collectives is used.

#include <fmt/format.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/store.h>
#include <gloo/transport/tcp/device.h>
#include <gloo/transport/unbound_buffer.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "nasnet/base/check.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/group/group.h"
#include "nasnet/group/guest.h"
#include "nasnet/group/meeting_place.h"

namespace nasnet::group {
namespace {

using Buffer = gloo::transport::UnboundBuffer;
using Clock = std::chrono::steady_clock;

/// Gloo's own waiting never ends by itself: the watch below does that, by signs of life. A process
/// may compute for long between two messages.
constexpr auto kForever = std::chrono::hours(24 * 365);

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1e3));
}

/// The meeting place as Gloo wants to keep addresses in.
class Addresses final : public gloo::rendezvous::Store {
 public:
  explicit Addresses(Guest& guest) : guest_(guest) {}
  void set(const std::string& key, const std::vector<char>& data) override {
    guest_.keep(key, {data.begin(), data.end()});
  }
  std::vector<char> get(const std::string& key) override {
    const std::string value = guest_.give(key);
    return {value.begin(), value.end()};
  }
  void wait(const std::vector<std::string>& keys) override {
    for (const std::string& key : keys) guest_.give(key);
  }
  void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds&) override {
    wait(keys);
  }

 private:
  Guest& guest_;
};

/// Tells the meeting place that this process lives, on a thread, and hears who does not.
class Watch {
 public:
  using Lost = std::function<void()>;
  /// `lost` is called once, on the thread, when a process is found to be silent.
  Watch(const Place& place, double patience, Lost lost)
      : place_(place), patience_(patience), lost_(std::move(lost)), thread_([this] { run(); }) {}

  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Why the group is at its end; "" while it is not.
  std::string fault() const {
    const std::lock_guard lock(mutex_);
    return fault_;
  }

 private:
  void run() {
    Guest guest(place_, patience_);
    std::unique_lock lock(mutex_);
    while (!stop_ && fault_.empty()) {
      lock.unlock();
      std::string fault = look(guest);
      lock.lock();
      fault_ = std::move(fault);
      if (!fault_.empty() && !stop_) {
        lock.unlock();
        lost_();
        return;
      }
      changed_.wait_for(lock, std::min(milliseconds(patience_ / 4), milliseconds(1)),
                        [this] { return stop_; });
    }
  }

  std::string look(Guest& guest) const {
    try {
      const std::vector<Guest::Peer> peers = guest.beat();
      for (int rank = 0; rank < place_.size; ++rank) {
        const Guest::Peer& peer = peers[rank];
        if (rank != place_.rank && peer.here && !peer.gone && peer.silent > patience_)
          return fmt::format("{} ({}) has given no sign of life for {:.0f} s",
                             process_name(rank, place_.size), peer.who, peer.silent);
      }
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  const Place place_;
  const double patience_;
  const Lost lost_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::string fault_;
  std::thread thread_;
};

class GlooGroup final : public Group {
 public:
  GlooGroup(const Place& place, const GroupSettings& settings) : Group(place), settings_(settings) {
    if (place_.rank == 0 && !place_.opened) meeting_.emplace("0.0.0.0", place_.port, place_.size);
    guest_ = std::make_unique<Guest>(place_, settings.peer_timeout);
    const std::string address = guest_->come();
    wait_for_all();
    try {
      context_ = std::make_shared<gloo::rendezvous::Context>(place_.rank, place_.size);
      context_->setTimeout(milliseconds(settings.peer_timeout));
      auto device = gloo::transport::tcp::CreateDevice(gloo::transport::tcp::attr(address.c_str()));
      Addresses addresses(*guest_);
      context_->connectFullMesh(addresses, device);
    } catch (const gloo::Exception& error) {
      throw PeerLost(fmt::format("the processes cannot reach each other: {} ({})",
                                 news_of(std::nullopt), error.what()));
    }
    watch_.emplace(place_, settings.peer_timeout, [this] { abort(); });
    any(false);  // nobody goes before all have met
  }

  /// The meeting place stays open until all have gone: to whoever still waits for a message that is
  /// under way, a closed one would look like a loss.
  ~GlooGroup() override {
    watch_.reset();
    try {
      guest_->leave("");
      const auto end = Clock::now() + milliseconds(kGoodbye);
      while (meeting_ && Clock::now() < end) {
        const std::vector<Guest::Peer> peers = guest_->beat();
        if (std::ranges::all_of(peers, [](const Guest::Peer& peer) { return peer.gone; })) return;
        std::this_thread::sleep_for(milliseconds(0.02));
      }
    } catch (const Error&) {  // the place is closed already
    }
  }

  void exchange(const std::vector<Outgoing>& sent, const std::vector<Incoming>& received) override {
    std::vector<Pending> pending;
    std::vector<uint64_t> slots_to(place_.size, 0), slots_from(place_.size, 0);
    const uint64_t base = calls_++ << kSlotBits;
    try {
      for (const Incoming& message : received) {
        if (message.bytes.empty()) continue;
        Pending& one = add(pending, message.from, true, message.bytes.data(), message.bytes.size());
        one.buffer->recv(message.from, base + slots_from[message.from]++);
      }
      for (const Outgoing& message : sent) {
        if (message.bytes.empty()) continue;
        Pending& one = add(pending, message.to, false, const_cast<std::byte*>(message.bytes.data()),
                           message.bytes.size());
        one.buffer->send(message.to, base + slots_to[message.to]++);
      }
    } catch (const gloo::Exception&) {
      fail(pending.back().peer);
    }
    {
      const std::lock_guard lock(mutex_);
      pending_ = &pending;
      if (aborted_) abort_all();
    }
    std::optional<int> lost;
    for (Pending& one : pending) {
      try {
        const bool done =
            one.receives ? one.buffer->waitRecv(kForever) : one.buffer->waitSend(kForever);
        if (!done) lost = one.peer;
      } catch (const gloo::Exception&) {
        lost = one.peer;
      }
      if (lost) break;
    }
    {
      const std::lock_guard lock(mutex_);
      pending_ = nullptr;
    }
    if (lost) fail(*lost);
  }

  void leave(const std::string& why) override {
    try {
      guest_->leave(why);
    } catch (const Error&) {  // then nobody hears it
    }
  }

 private:
  struct Pending {
    int peer;
    bool receives;
    std::unique_ptr<Buffer> buffer;
  };

  Pending& add(std::vector<Pending>& pending, int peer, bool receives, std::byte* data,
               size_t bytes) {
    NASNET_CHECK(peer >= 0 && peer < place_.size && peer != place_.rank, "a message to another");
    return pending.emplace_back(
        Pending{peer, receives, context_->createUnboundBuffer(data, bytes)});
  }

  void wait_for_all() {
    const auto end = Clock::now() + milliseconds(settings_.peer_timeout);
    for (;;) {
      check_interrupt("stopped while waiting for the other processes");
      std::string missing;
      const std::vector<Guest::Peer> peers = guest_->beat();
      for (int rank = 0; rank < place_.size; ++rank)
        if (!peers[rank].here) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", rank);
      if (missing.empty()) return;
      if (Clock::now() >= end)
        throw PeerLost(
            fmt::format("of {} processes those of rank {} have not come to {}:{} in {:g} s",
                        place_.size, missing, place_.host, place_.port, settings_.peer_timeout));
      std::this_thread::sleep_for(milliseconds(0.02));
    }
  }

  /// Called by the watch.
  void abort() {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    abort_all();
  }

  void abort_all() {
    if (!pending_) return;
    for (Pending& one : *pending_)
      one.receives ? one.buffer->abortWaitRecv() : one.buffer->abortWaitSend();
  }

  /// Whoever ends for a cause tells it before its connections break; the place knows it.
  [[noreturn]] void fail(int peer) {
    const std::string fault = watch_->fault();
    throw PeerLost(fault.empty() ? news_of(peer) : fault);
  }

  /// All that is known of the end of one of them; `peer`: the one that was missed, where one was.
  std::string news_of(std::optional<int> peer) {
    const std::string missed = peer ? process_name(*peer, place_.size) : "another process";
    try {
      const std::vector<Guest::Peer> peers = guest_->beat();
      // The one that broke first may not be the one that was noticed first.
      for (int rank = 0; rank < place_.size; ++rank)
        if (!peers[rank].why_left.empty())
          return fmt::format("{} ({}) has ended: {}", process_name(rank, place_.size),
                             peers[rank].who, peers[rank].why_left);
      return fmt::format("{}{} is gone", missed,
                         peer ? fmt::format(" ({})", peers[*peer].who) : "");
    } catch (const Error&) {
      return missed + " is gone";
    }
  }

  static constexpr double kGoodbye = 5;  // seconds
  static constexpr int kSlotBits = 20;   // more messages than any two exchange at once

  const GroupSettings settings_;
  std::optional<MeetingPlace> meeting_;
  std::unique_ptr<Guest> guest_;
  std::shared_ptr<gloo::rendezvous::Context> context_;
  uint64_t calls_ = 0;
  std::mutex mutex_;  // of what the watch and the exchange share
  std::vector<Pending>* pending_ = nullptr;
  bool aborted_ = false;
  std::optional<Watch> watch_;  // the last: it ends before what it uses
};

}  // namespace

std::unique_ptr<Group> join(const Place& place, const GroupSettings& settings) {
  return std::make_unique<GlooGroup>(place, settings);
}

}  // namespace nasnet::group
