#include <fmt/format.h>

#include <set>

#include "cli/program.h"
#include "cli/study_place.h"
#include "cli/verb.h"
#include "nasnet/base/columns.h"
#include "nasnet/base/progress.h"
#include "nasnet/terminal/picture.h"
#include "nasnet/terminal/screen.h"
#include "nasnet/terminal/watch.h"

// `nasnet top`: a study in a terminal while it is searched, or in lines where there is none
// (docs/logs.md).

namespace nasnet::cli {
namespace {

struct TopFlags {
  bool once = false;
};

template <class Visitor>
void visit_settings(Visitor& v, TopFlags& s) {
  v("once", s.once, "print one picture and leave");
}

std::string as_json(const terminal::Snapshot& snapshot) {
  nlohmann::ordered_json object = snapshot.study;
  if (!snapshot.problem.empty()) object["problem"] = snapshot.problem;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_once(const terminal::Snapshot& snapshot) {
  constexpr int kRows = 40;  // of a page
  const terminal::Area area{terminal_width(1), kRows, terminal::has_utf8_locale()};
  for (const terminal::Line& line : terminal::draw_picture(snapshot, area))
    print_line(terminal::plain(line));
}

/// Prints a line where it says anything new.
class ChangeLines {
 public:
  explicit ChangeLines(bool json) : json_(json) {}
  void print(const terminal::Snapshot& snapshot) {
    tell(json_                       ? as_json(snapshot)
         : !snapshot.problem.empty() ? "out of reach: " + snapshot.problem
                                     : terminal::progress_line(snapshot));
    if (json_ || snapshot.study.is_null()) return;
    for (const auto& alarm : snapshot.study.at("alarms"))
      if (told_.insert(alarm.at("name")).second)
        print_line(fmt::format("Alarm: {}.", alarm.at("text").get<std::string>()));
  }

 private:
  void tell(const std::string& line) {
    if (line != last_) print_line(line);
    last_ = line;
  }

  bool json_;
  std::string last_;
  std::set<std::string> told_;
};

void run(StudyPlace place, const TopFlags& flags, const std::string& word, const Common& common) {
  settle_place(place, word);
  dashboard::LiveStudy live("", place.store, place.study);
  live.refresh();
  const terminal::Snapshot first = terminal::take_snapshot(live);
  if (!first.problem.empty()) throw InputError(first.problem);
  if (flags.once && common.json) return print_line(as_json(first));
  if (flags.once) return print_once(first);
  if (!common.json && terminal::can_draw()) return terminal::show_live(live);
  ChangeLines lines(common.json);
  terminal::print_changes(live, [&](const terminal::Snapshot& now) { lines.print(now); });
}

}  // namespace

void add_top(Program& program) {
  Options& options = program.add("top", "Watch a search in a terminal");
  const auto word = std::make_shared<std::string>();
  options.optional_argument("name", *word, "the study's file, or its name in the --store");
  const auto place = std::make_shared<StudyPlace>();
  const auto flags = std::make_shared<TopFlags>();
  options.add(*place);
  options.add(*flags);
  options.example("nasnet top mine.db", "q leaves, and the search goes on");
  options.example("nasnet top mine.db --once", "one picture, for a log or an e-mail");
  options.run([=](const Common& common) { run(*place, *flags, *word, common); });
}

}  // namespace nasnet::cli
