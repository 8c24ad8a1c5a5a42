#include "cli/transfer_plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/settings.h"
#include "nasnet/space/json.h"
#include "nasnet/train/model_folder.h"

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path plan_file(const fs::path& folder) {
  return folder / "transfer.json";
}

}  // namespace

bool has_plan(const fs::path& folder) {
  return fs::exists(plan_file(folder));
}

void save_plan(const fs::path& folder, const TransferPlan& plan) {
  const json stored = {{"genotype", space::genotype_to_json(plan.genotype)},
                       {"stack", to_text(plan.stack.stack)},
                       {"pooling", to_text(plan.stack.pooling)},
                       {"cells", plan.stack.cells},
                       {"filters", plan.stack.filters},
                       {"image_size", plan.stack.input.height},
                       {"preparation", settings_to_json(plan.preparation)},
                       {"epochs", plan.epochs},
                       {"hold_out", plan.hold_out},
                       {"from", plan.from},
                       {"why", plan.why}};
  write_file(plan_file(folder), stored.dump(1) + "\n");
}

TransferPlan load_plan(const fs::path& folder) {
  const std::string where = plan_file(folder).string();
  try {
    const json stored = json::parse(read_file(where, size_t{1} << 20));
    TransferPlan plan;
    plan.genotype = space::genotype_from_json(stored.at("genotype"), where);
    plan.stack.stack = train::read_enum<graph::StackKind>(stored.at("stack"), "stack", where);
    plan.stack.pooling = train::read_enum<graph::Pooling>(stored.at("pooling"), "pooling", where);
    plan.stack.cells = stored.at("cells");
    plan.stack.filters = stored.at("filters");
    plan.stack.input.height = plan.stack.input.width = stored.at("image_size");
    settings_from_json(plan.preparation, stored.at("preparation"), where);
    plan.epochs = stored.at("epochs");
    plan.hold_out = stored.at("hold_out");
    plan.from = stored.at("from");
    plan.why = stored.at("why").get<std::vector<std::string>>();
    return plan;
  } catch (const json::exception& error) {
    throw InputError(
        fmt::format("{} is damaged: {}; delete it to choose anew", where, error.what()));
  }
}

}  // namespace nasnet::cli
