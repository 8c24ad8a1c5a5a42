#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "cli/program.h"
#include "cli/program_path.h"
#include "cli/study_place.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/report/print_pdf.h"
#include "nasnet/report/study_json.h"
#include "nasnet/report/study_page.h"
#include "nasnet/search/study/study_evaluator.h"
#include "nasnet/search/study/train_yardstick.h"
#include "nasnet/space/genotypes.h"

// `nasnet report`: a study as one file to read, print and hand on (docs/report.md). It only reads
// the study, but for --yardstick.

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;

struct ReportFlags {
  StudyPlace place;
  std::string out, pdf;
  bool yardstick = false;
  std::string yardstick_cells = "nasnet-a";
  int workers = 0;
  bool other_program = false;
};

template <class Visitor>
void visit_settings(Visitor& v, ReportFlags& s) {
  v.topic("Study");
  visit_settings(v, s.place);
  v.topic("Files");
  v("out", s.out, "file to write; empty: beside the study, mine-report.html of mine.db")
      .as("FILE")
      .everyone_needs_it();
  v("pdf", s.pdf, "also print it to a PDF, through Chromium").as("FILE").everyone_needs_it();
  v.topic("Yardstick");
  v("yardstick", s.yardstick,
    "first train a network designed by hand as the study's best cells are, and keep it in the "
    "study")
      .everyone_needs_it();
  v("yardstick_cells", s.yardstick_cells, std::string("its cells: ") + kGenotypeHelp).as("NAME");
  v("workers", s.workers, "processes that train it; 0 for one a core, at most 4 a GPU",
    Range{0, 4096});
  v("other_program", s.other_program,
    "train it although the study was made by another build of nasnet or libtorch, whose results "
    "may "
    "differ");
}

/// Beside the study's file; a study in a database has its report in this folder.
std::string usual_file(const ReportFlags& flags) {
  if (flags.place.store.empty()) {
    fs::path file = flags.place.study;
    file.replace_extension();
    return file.string() + "-report.html";
  }
  std::string name = printable(flags.place.study);
  std::replace(name.begin(), name.end(), '/', '_');
  return "./" + name + "-report.html";
}

/// Trains what the study lacks of the yardstick, as `search` would train its best cells now.
void train_yardstick(const ReportFlags& flags) {
  space::Genotype genotype = space::load_genotype(flags.yardstick_cells);
  if (genotype.name.empty()) genotype.name = fs::path(flags.yardstick_cells).stem().string();
  search::StoredStudy study;
  const auto spec_of = [&](const space::SearchSpace& space) {
    return search::make_spec(study.settings, space, study.seed);
  };
  {
    const auto reader =
        search::open_store(flags.place.store, flags.place.study, search::OpenMode::kRead);
    study = search::read_stored_study(*reader);
    const search::EvaluatorKind& kind = search::evaluator_kind(study.settings);
    if (!kind.takes_yardsticks)
      throw InputError(fmt::format(
          "--yardstick: study {} is judged by the evaluator {}, which trains no network of given "
          "cells; leave it out",
          reader->name(), kind.name));
    if (search::has_yardstick(*reader, spec_of(*search::make_space(study.settings)), genotype))
      return;
  }
  search::SearchSettings& settings = study.settings;
  settings.store = flags.place.store;
  settings.study_file = flags.place.study;
  settings.workers = flags.workers;
  settings.other_program = flags.other_program;
  const auto store =
      search::open_store(flags.place.store, flags.place.study, search::OpenMode::kDrive);
  store->drive(search::this_owner(search::Role::kDriver));
  auto evaluator = search::make_evaluator(settings, study.seed, study.device);
  search::demand_identity(evaluator->identity(), study.identity, store->name(),
                          flags.other_program);
  search::agree_on_machine(*store, settings, *evaluator);
  const auto runner = search::make_runner(settings, study.seed, study.device, std::move(evaluator),
                                          {program_path(), "trial-worker"});
  const auto space = search::make_space(settings);
  const search::StudySpec spec = spec_of(*space);
  Progress progress("training the yardstick", search::yardstick_trainings(spec), "images");
  search::train_yardstick(*store, spec, genotype, *runner, [&](int64_t finished, int64_t) {
    progress.update(finished, "", runner->images());
  });
  progress.finish();
}

void run(ReportFlags flags, const std::string& named, const Common& common) {
  settle_place(flags.place, named);
  if (flags.out.empty()) flags.out = usual_file(flags);
  if (flags.yardstick) train_yardstick(flags);
  const report::StudyReport study = report::read_report(flags.place.store, flags.place.study);
  const std::string page = report::study_page(
      study, fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr))));
  write_file(flags.out, page);
  if (!flags.pdf.empty()) report::print_pdf(page, flags.pdf);
  if (common.json) {
    nlohmann::ordered_json object = {{"report", printable(flags.out)}};
    if (!flags.pdf.empty()) object["pdf"] = printable(flags.pdf);
    object["state"] = to_text(study.driver.state);
    object.update(report::study_json(study.study.settings, study.study.seed, *study.space,
                                     study.result, study.best));
    fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print("{}\n", flags.out);
  if (!flags.pdf.empty()) fmt::print("{}\n", flags.pdf);
  if (!common.quiet && !study.result.complete) fmt::print("{}\n", report::state_text(study));
}

}  // namespace

void add_report(Program& program) {
  Options& options = program.add("report", "Write a study's report as one HTML file");
  const auto study = std::make_shared<std::string>();
  options.optional_argument(
      "study", *study,
      "a study's file, or its name in the --store; nasnet-study.db where none "
      "is named");
  const auto flags = std::make_shared<ReportFlags>();
  options.add(*flags);
  options.example("nasnet report mine.db", "writes mine-report.html");
  options.example("nasnet report mine.db --pdf mine.pdf --yardstick",
                  "with NASNet-A's cells trained as the study's own, and printed");
  options.run([flags, study](const Common& common) { run(*flags, *study, common); });
}

}  // namespace nasnet::cli
