#include "nasnet/logs/event_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/data/tfrecord.h"
#include "nasnet/logs/event_log.h"
#include "tests/search/temporary.h"

namespace nasnet::logs {
namespace {

namespace fs = std::filesystem;

class EventFiles : public search::WithFolder {
 protected:
  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(file("log"))) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }
};

struct Read {
  std::vector<Point> points;
  bool whole = true;  ///< it ends with a record's end
};

Read read_events(const fs::path& path) {
  const std::string bytes = read_file(path);
  std::string_view left = bytes;
  Read read;
  while (const auto record = data::take_record(left)) {
    Point point;
    bool scalar = false;
    read_proto(*record, "event", [&](const ProtoField& field) {
      if (field.number == 1) point.when = field.real64();
      if (field.number == 2) point.step = field.integer;
      if (field.number != 5) return;
      read_proto(field.text, "summary", [&](const ProtoField& value) {
        read_proto(value.text, "value", [&](const ProtoField& part) {
          if (part.number == 1) point.tag = part.text;
          if (part.number == 2) point.value = part.real();
          scalar = scalar || part.number == 2;
        });
      });
    });
    if (scalar) read.points.push_back(point);
  }
  read.whole = left.empty();
  return read;
}

TEST_F(EventFiles, SayAllAnewAndKeepTheTimesThatWere) {
  {
    EventFile first(file("log"), "a");
    first.add({"loss", 1, 0.5, 1000});
    first.add({"loss", 2, 0.25, 2000});
    first.publish();
    first.add({"loss", 3, 0.125, 3000});  // never written
  }
  ASSERT_EQ(files().size(), 1u);
  const fs::path before = files()[0];
  {
    EventFile second(file("log"), "a");
    second.add({"rate", 4, 0.25, 4000});
    second.add({"loss", 1, 0.5});
    second.add({"loss", 2, 0.25});
    EXPECT_EQ(files().size(), 2u) << "nothing is gone until all is said";
    second.publish();
  }
  ASSERT_EQ(files().size(), 1u);
  EXPECT_GT(files()[0].filename(), before.filename()) << "viewers read files by their names";
  const Read read = read_events(files()[0]);
  EXPECT_TRUE(read.whole);
  std::vector<std::tuple<std::string, int64_t, double, double>> found;
  for (const Point& point : read.points)
    found.emplace_back(point.tag, point.step, point.value, point.when);
  EXPECT_EQ(found, (decltype(found){
                       {"rate", 4, 0.25, 4000}, {"loss", 1, 0.5, 1000}, {"loss", 2, 0.25, 2000}}));
}

TEST_F(EventFiles, OfOthersStay) {
  EventFile(file("log"), "a").publish();
  EventFile(file("log"), "b").publish();
  write_file(file("log") + "/events.out.tfevents.1.host", "another program's");
  EventFile(file("log"), "a").publish();
  EXPECT_EQ(files().size(), 3u);
  { const EventFile never(file("log"), "c"); }
  EXPECT_EQ(files().size(), 3u);
}

TEST_F(EventFiles, ThatWereCutAreReadAsFarAsTheyGo) {
  {
    EventFile log(file("log"), "a");
    for (int i = 0; i < 20; ++i) log.add({"loss", i, 1.0 * i, 100.0 + i});
    log.publish();
  }
  const fs::path path = files()[0];
  const std::string bytes = read_file(path);
  for (size_t size = 0; size <= bytes.size(); size += 7) {
    write_file(path, bytes.substr(0, size));
    EventFile again(file("log"), "a");
    again.add({"loss", 0, 0});
  }
  write_file(path, bytes.substr(0, bytes.size() - 3));
  {
    EventFile again(file("log"), "a");
    for (int i = 0; i < 20; ++i) again.add({"loss", i, 1.0 * i});
    again.publish();
  }
  const Read read = read_events(files().at(0));
  ASSERT_EQ(read.points.size(), 20u);
  for (int i = 0; i < 19; ++i) EXPECT_EQ(read.points[static_cast<size_t>(i)].when, 100.0 + i);
}

/// Files beyond a size are refused by the system, as on a full disk.
TEST_F(EventFiles, OnAFullDiskEndWithWholeRecords) {
  EventFile log(file("log"), "a");
  log.publish();
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{5000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  int written = 0;
  try {
    for (; written < 1000; ++written) {
      log.add({"loss", written, 1});
      log.add({"rate", written, 1});
      log.publish();
    }
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("cannot write"), std::string::npos);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_LT(written, 1000);
  const Read read = read_events(log.path());
  EXPECT_TRUE(read.whole);
  EXPECT_EQ(std::ssize(read.points), 2 * written);
}

TEST_F(EventFiles, AreWrittenBesideAndOnceAllIsSaid) {
  {
    EventLog log({file("log")}, "a");
    for (int i = 0; i < 100; ++i)
      log.post(0, [i](EventFile& events) { events.add({"loss", i, 1}); });
    EXPECT_FALSE(fs::exists(file("log"))) << "nothing is begun";
    log.begin();
    log.post(0, [](EventFile& events) { events.add({"loss", 100, 1}); });
  }
  EXPECT_EQ(read_events(files().at(0)).points.size(), 101u);
  write_file(file("none"), "");
  EventLog refused({file("none") + "/log"}, "a");
  refused.begin();
  for (int i = 0; i < 20000; ++i) refused.post(0, [](EventFile&) {});
}

}  // namespace
}  // namespace nasnet::logs
