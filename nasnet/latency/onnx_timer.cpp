#include <fmt/format.h>
#include <unistd.h>

#include <onnx_runtime_script.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/base/program.h"
#include "nasnet/base/text.h"
#include "nasnet/latency/measure.h"
#include "nasnet/latency/network_timer.h"

// Times networks in ONNX Runtime: a process of Python a measurement, which reads the network's ONNX
// file. Its script is a part of the program (CMakeLists.txt).

namespace nasnet::latency {
namespace {

namespace fs = std::filesystem;

/// A folder of temporary files that only this user can write to.
class ModelFolder {
 public:
  ModelFolder() {
    std::string name = (fs::temp_directory_path() / "nasnet-latency-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw SystemError(fmt::format("cannot make the folder {}", printable(name)));
    path_ = name;
  }
  ~ModelFolder() {
    std::error_code none;
    fs::remove_all(path_, none);
  }
  ModelFolder(const ModelFolder&) = delete;
  fs::path file() const { return path_ / "model.onnx"; }

 private:
  fs::path path_;
};

class OnnxTimer : public NetworkTimer {
 public:
  explicit OnnxTimer(const TimerSettings& settings)
      : python_(settings.python), batch_(settings.batch), cores_(cores_for(settings.threads)) {
    version_ = run({}).at("version");
  }

  std::string device() const override {
    return fmt::format("{}, ONNX Runtime {}", processor_name(), version_);
  }

  std::vector<double> time(const graph::Graph& graph, int runs) override {
    write_file(folder_.file(), onnx_of(graph));
    std::vector<std::string> words = {folder_.file().string(), std::to_string(batch_),
                                      std::to_string(runs), fmt::format("{}", kWarmUpSeconds)};
    for (const int core : cores_) words.push_back(std::to_string(core));
    const nlohmann::json result = run(words);
    if (!result.contains("ms")) throw SystemError(refusal("it printed no times"));
    return result["ms"].get<std::vector<double>>();
  }

 private:
  nlohmann::json run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = {python_, "-c", kOnnxRuntimeScript};
    words.insert(words.end(), arguments.begin(), arguments.end());
    constexpr double kLongest = 3600;
    const ProgramEnd end = run_program(words, kLongest);
    nlohmann::json result;
    try {
      if (end.status == 0) result = nlohmann::json::parse(end.output);
    } catch (const nlohmann::json::exception&) {
    }
    if (result.is_object() && result.contains("version") && result["version"].is_string())
      return result;
    check_interrupt(kStopped);  // a terminal's Ctrl-C ends both
    const std::vector<std::string> said = lines_of(end.error);
    const std::string why = said.empty() ? "it failed" : printable(said.back());
    throw InputError(refusal(why));
  }

  std::string refusal(const std::string& why) const {
    return fmt::format(
        "--target onnxruntime: {} cannot run ONNX Runtime ({}); name an interpreter that has "
        "onnxruntime and numpy with --python",
        printable(python_), why);
  }

  std::string python_, version_;
  int batch_;
  std::vector<int> cores_;
  ModelFolder folder_;
};

}  // namespace

std::unique_ptr<NetworkTimer> make_onnx_timer(const TimerSettings& settings) {
  return std::make_unique<OnnxTimer>(settings);
}

}  // namespace nasnet::latency
