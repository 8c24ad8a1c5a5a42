#include <fmt/format.h>

#include "cli/group_member.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/doctor/diagnosis_text.h"
#include "nasnet/doctor/examine.h"
#include "nasnet/doctor/machine.h"
#include "nasnet/doctor/study.h"

// `nasnet doctor`: what is wrong with data, machine and studies, and what to do about it
// (docs/doctor.md). It only reads; the exit status tells of the worst that it found.

namespace nasnet::cli {
namespace {

struct Doctor {
  std::string data;
  std::vector<std::string> studies;
  std::string store;
  bool all = false, mirrored = false;
  boxes::BoxSettings boxes;
};

template <class Visitor>
void visit_settings(Visitor& v, Doctor& s) {
  v("study", s.studies, "examine this study, or several with commas between")
      .as("FILE")
      .everyone_needs_it();
  v("store", s.store, "postgresql://USER@HOST/DATABASE that the studies are in").as("URL");
  v("all", s.all, "name every image of a finding, not the first few").everyone_needs_it();
  v("mirrored", s.mirrored, "take a mirror image for a near copy, too").everyone_needs_it();
  visit_settings(v, s.boxes);
}

void run(const Doctor& doctor, const Common& common) {
  doctor::Diagnosis diagnosis;
  if (!doctor.data.empty())
    diagnosis.append(doctor::examine_data(
        doctor.data,
        {.mirrored = doctor.mirrored, .threads = common.threads, .boxes = doctor.boxes}));
  // A study alone may be of another machine.
  if (!doctor.data.empty() || doctor.studies.empty())
    diagnosis.append(doctor::examine_machine(doctor::look_at_machine(".")));
  for (const std::string& study : doctor.studies)
    diagnosis.append(doctor::examine_study(doctor.store, study));
  constexpr size_t kFew = 3;
  if (common.json)
    fmt::print("{}\n", doctor::diagnosis_json(diagnosis).dump(
                           -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  else
    fmt::print("{}", doctor::diagnosis_text(diagnosis, doctor.all ? 0 : kFew));
  std::fflush(stdout);
  if (const int status = doctor::exit_status(diagnosis); status != 0) throw EndedWith{status};
}

}  // namespace

void add_doctor(Program& program) {
  Options& options = program.add("doctor", "Find what is wrong with data, machine and studies");
  const auto doctor = std::make_shared<Doctor>();
  options.optional_argument("data", doctor->data,
                            "a data set in any form that `nasnet data` reads; without it, and "
                            "without a study, the machine alone is examined");
  options.add(*doctor);
  options.example("nasnet doctor", "the machine");
  options.example("nasnet doctor my-images",
                  "unreadable files, copies across splits, suspect labels, and the machine");
  options.example("nasnet doctor --study my-study.db", "collapse, failures, a silent driver");
  options.run([doctor](const Common& common) { run(*doctor, common); });
}

}  // namespace nasnet::cli
