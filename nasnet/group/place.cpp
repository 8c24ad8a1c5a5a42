// Launchers of three families leave ranks and sizes under names of their own. Those of
// torch.distributed come first: whoever sets them means them.

#include "nasnet/group/place.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "nasnet/base/error.h"

namespace nasnet::group {
namespace {

constexpr int kFirstPort = 20000, kPorts = 20000;  // as others take them for Slurm's jobs

int number(const std::string& name, const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    throw InputError(fmt::format("the variable {} is '{}', which is no number from {} to {}", name,
                                 text, least, most));
  return value;
}

/// Throws InputError where it is not set.
std::string demand(const Variables& variables, const std::string& name, const std::string& beside) {
  const auto value = variables(name);
  if (!value)
    throw InputError(fmt::format(
        "the variable {} is set, but {} is not: the processes of a training need both; unset it to "
        "train in one process",
        beside, name));
  return *value;
}

/// Rank and size of variables of these names; none where there is no rank.
std::optional<Place> ranked(const Variables& variables, const std::string& rank,
                            const std::string& size) {
  const auto own = variables(rank);
  if (!own) return std::nullopt;
  constexpr int kMostProcesses = 65536;
  Place place;
  place.size = number(size, demand(variables, size, rank), 1, kMostProcesses);
  place.rank = number(rank, *own, 0, kMostProcesses);
  if (place.rank >= place.size)
    throw InputError(fmt::format("the variable {} is {}, and {} is {}: ranks count from 0", rank,
                                 place.rank, size, place.size));
  place.said_by = fmt::format("{} and {}", rank, size);
  return place;
}

/// MASTER_PORT, or another where it is not set.
int master_port(const Variables& variables, int otherwise) {
  const auto port = variables("MASTER_PORT");
  return port ? number("MASTER_PORT", *port, 1, 65535) : otherwise;
}

void count_local(const Variables& variables, const std::string& name, Place& place) {
  if (const auto local = variables(name)) place.on_this_machine = number(name, *local, 1, 65536);
}

std::optional<Place> of_torch(const Variables& variables) {
  auto place = ranked(variables, "RANK", "WORLD_SIZE");
  if (!place || place->size == 1) return place;
  place->host = demand(variables, "MASTER_ADDR", "RANK");
  demand(variables, "MASTER_PORT", "RANK");
  place->port = master_port(variables, 0);
  // torchrun itself listens there.
  if (variables("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True") ++place->port;
  count_local(variables, "LOCAL_WORLD_SIZE", *place);
  place->opened = variables("NASNET_MEETING_IS_OPEN").has_value();
  return place;
}

std::optional<Place> of_slurm(const Variables& variables) {
  // A batch script has a task's variables, too, but is no step of several.
  if (!variables("SLURM_STEP_ID") || variables("SLURM_STEP_ID") == "batch") return std::nullopt;
  auto place = ranked(variables, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS");
  if (!place || place->size == 1) return std::nullopt;
  place->host = variables("MASTER_ADDR")
                    .value_or(first_host(demand(variables, "SLURM_STEP_NODELIST", "SLURM_PROCID")));
  const std::string job = demand(variables, "SLURM_JOB_ID", "SLURM_PROCID");
  place->port =
      master_port(variables, kFirstPort + number("SLURM_JOB_ID", job, 0, 2147483647) % kPorts);
  if (place->host.empty()) throw InputError("the variable SLURM_STEP_NODELIST names no machine");
  return place;
}

std::optional<Place> of_mpi(const Variables& variables) {
  auto place = ranked(variables, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  if (place) count_local(variables, "OMPI_COMM_WORLD_LOCAL_SIZE", *place);
  if (!place) place = ranked(variables, "PMI_RANK", "PMI_SIZE");
  if (!place || place->size == 1) return place;
  place->host = variables("MASTER_ADDR").value_or("127.0.0.1");
  place->port = master_port(variables, kFirstPort);
  return place;
}

}  // namespace

Variables environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
}

std::optional<Place> launched_place(const Variables& variables) {
  for (const auto& family : {of_torch, of_slurm, of_mpi})
    if (const auto place = family(variables)) return place->size > 1 ? place : std::nullopt;
  return std::nullopt;
}

std::string first_host(const std::string& nodes) {
  const size_t open = nodes.find('['), comma = nodes.find(',');
  if (open == std::string::npos || comma < open) return nodes.substr(0, comma);
  const size_t end = nodes.find_first_of(",-]", open);
  const size_t close = nodes.find(']', open);
  if (end == std::string::npos || close == std::string::npos) return "";
  const size_t after = nodes.find(',', close);
  return nodes.substr(0, open) + nodes.substr(open + 1, end - open - 1) +
         nodes.substr(close + 1, after == std::string::npos ? after : after - close - 1);
}

}  // namespace nasnet::group
