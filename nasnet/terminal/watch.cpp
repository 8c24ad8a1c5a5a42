#include "nasnet/terminal/watch.h"

#include <chrono>
#include <optional>

#include "nasnet/base/interrupt.h"
#include "nasnet/terminal/picture.h"
#include "nasnet/terminal/screen.h"

namespace nasnet::terminal {
namespace {

constexpr auto kPause = std::chrono::seconds(1);  // between two looks
constexpr auto kTick = std::chrono::milliseconds(100);

}  // namespace

Watch::Watch(dashboard::LiveStudy& live)
    : live_(live), latest_{take_snapshot(live), 1}, thread_([this] { run(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ends_.notify_one();
  thread_.join();
}

Watch::News Watch::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void Watch::run() {
  std::unique_lock lock(mutex_);
  while (!ends_.wait_for(lock, kPause, [this] { return ending_; })) {
    Snapshot before = latest_.snapshot;
    lock.unlock();
    std::optional<Snapshot> now;
    if (live_.refresh()) now = take_snapshot(live_, before);
    lock.lock();
    if (now) latest_ = {std::move(*now), latest_.number + 1};
  }
}

void show_live(dashboard::LiveStudy& live) {
  // First, as it changes the environment, which a thread may read.
  std::optional<Screen> screen(std::in_place);
  Watch watch(live);
  for (int64_t drawn = 0; !interrupted();) {
    const Watch::News news = watch.latest();
    if (news.number != drawn) screen->show(draw_picture(news.snapshot, screen->area()));
    drawn = news.number;
    const Screen::Event event = screen->wait(kTick);
    if (event == Screen::Event::kLeave) break;
    if (event == Screen::Event::kResize) drawn = 0;
  }
  // Before the watch, whose thread may have to wait for a store: the user does not.
  screen.reset();
}

void print_changes(dashboard::LiveStudy& live, const std::function<void(const Snapshot&)>& print) {
  Snapshot snapshot = take_snapshot(live);
  print(snapshot);
  while (!has_ended(snapshot)) {
    for (auto waited = std::chrono::milliseconds(0); waited < kPause; waited += kTick) {
      if (interrupted()) return;
      std::this_thread::sleep_for(kTick);
    }
    if (!live.refresh()) continue;
    snapshot = take_snapshot(live, snapshot);
    print(snapshot);
  }
}

}  // namespace nasnet::terminal
