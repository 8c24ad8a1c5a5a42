#include <fmt/format.h>
#include <nasnet/space.h>

#include "nasnet/api/convert.h"
#include "nasnet/space/space_kind.h"

// A search space of the caller's own, made of functions, behind the interface that strategies and
// stores know. It is registered by its name, so that a study can be opened with it again.

namespace nasnet {
namespace {

/// A space of functions.
class OwnSpace : public space::SearchSpace {
 public:
  explicit OwnSpace(Space own) : own_(std::move(own)) {
    for (const Decision& decision : own_.decisions)
      decisions_.push_back({decision.name, decision.kind, decision.choices});
  }
  std::string name() const override { return own_.name; }
  const std::vector<space::Decision>& decisions() const override { return decisions_; }
  std::string describe(const Choices& choices) const override {
    // Missing functions fall back to the interface's defaults; those that are there get choices
    // that have been checked.
    if (!own_.describe) return SearchSpace::describe(choices);
    check(choices);
    return own_.describe(choices);
  }
  std::string canonical(const Choices& choices) const override {
    if (!own_.canonical) return SearchSpace::canonical(choices);
    check(choices);
    return own_.canonical(choices);
  }
  std::optional<space::Genotype> genotype(const Choices& choices) const override {
    if (!own_.genotype) return std::nullopt;
    check(choices);
    return api::to_core(own_.genotype(choices));
  }

 private:
  Space own_;
  std::vector<space::Decision> decisions_;
};

}  // namespace

void add_space(Space own) {
  for (const Decision& decision : own.decisions)
    // Strategies size their tables by kinds and choices.
    if (decision.kind < 0 || decision.choices < 1)
      throw InputError(
          fmt::format("decision '{}' of the space {} has kind {} and {} choices; a kind is 0 or "
                      "above, and there "
                      "is at least one choice",
                      decision.name, own.name, decision.kind, decision.choices));
  // Copied before `own` is moved away: the order of the initialisers would decide otherwise.
  const std::string name = own.name, help = own.help;
  space::spaces().add({.name = name, .help = help, .make = [own = std::move(own)](const auto&) {
                         return std::make_unique<OwnSpace>(own);
                       }});
}

}  // namespace nasnet
