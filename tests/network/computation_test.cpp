#include "nasnet/network/computation.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/network/backend.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::network {
namespace {

/// A back end that has so many GPUs and refuses to compute.
class Devices : public Backend {
 public:
  explicit Devices(int count) : count_(count) {}
  std::string version() const override { return "of a test"; }
  int cuda_devices() const override { return count_; }
  std::unique_ptr<Network> make(std::shared_ptr<const graph::Graph>, uint64_t,
                                const Computation& computation) const override {
    EXPECT_EQ(computation.kernels, Kernels::kReference);
    throw SystemError("asked to compute");
  }
  std::unique_ptr<fused::Runner> make_runner(std::shared_ptr<const graph::Graph>, std::vector<int>,
                                             Precision) const override {
    throw SystemError("asked to compute");
  }

 private:
  int count_;
};

class ComputationOf : public testing::Test {
 protected:
  ~ComputationOf() override { set_backend({}); }
  static void have_gpus(int count) {
    set_backend([count] { return std::make_shared<Devices>(count); });
  }
  static graph::Graph graph() {
    return graph::build(space::named_genotype("enas"), {graph::StackKind::kCifar, 1, 4, 5});
  }
};

TEST_F(ComputationOf, AProcessorNeedsNoBackEnd) {
  set_backend([]() -> std::shared_ptr<const Backend> {
    ADD_FAILURE() << "looked for";
    return nullptr;
  });
  EXPECT_EQ(choose_device(DeviceChoice::kCpu), Device());
  EXPECT_EQ(choose_computation({}, Kernels::kFused, Precision::kFloat32).kernels, Kernels::kFused);
  EXPECT_NO_THROW(make_network(graph(), 1));
}

TEST_F(ComputationOf, WithoutTheBackEndItsUseIsRefusedByName) {
  EXPECT_EQ(choose_device(DeviceChoice::kAuto), Device());
  EXPECT_THROW(choose_device(DeviceChoice::kCuda), SystemError);
  for (const auto& use : {std::function<void()>([] {
                            choose_computation({}, Kernels::kReference, Precision::kFloat32);
                          }),
                          std::function<void()>([] {
                            make_network(graph(), 1, {.kernels = Kernels::kReference});
                          })}) {
    try {
      use();
      ADD_FAILURE() << "not refused";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("--kernels reference needs libtorch"),
                std::string::npos)
          << error.what();
    }
  }
}

TEST_F(ComputationOf, GpusAreDealtOutAndComputeWithTheBackEnd) {
  have_gpus(2);
  EXPECT_EQ(cuda_devices(), 2);
  EXPECT_EQ(choose_device(DeviceChoice::kCuda), (Device{true, 0}));
  EXPECT_EQ(choose_device(DeviceChoice::kCuda, 5), (Device{true, 1}));
  const Computation computation =
      choose_computation({true, 1}, Kernels::kFused, Precision::kBf16, 3);
  EXPECT_EQ(computation.kernels, Kernels::kReference);
  EXPECT_EQ(computation.precision, Precision::kBf16);
  EXPECT_EQ(computation.threads, 3);
  EXPECT_THROW(make_network(graph(), 1, computation), SystemError);
  have_gpus(0);
  EXPECT_THROW(choose_device(DeviceChoice::kCuda), SystemError);
}

TEST_F(ComputationOf, OtherNamesAreRefused) {
  EXPECT_THROW(parse_enum<DeviceChoice>("cudda", "--device"), InputError);
  EXPECT_THROW(parse_enum<Kernels>("fast", "--kernels"), InputError);
  EXPECT_THROW(parse_enum<Precision>("float16", "--precision"), InputError);
}

TEST_F(ComputationOf, Bf16NeedsAProcessorThatMultipliesIt) {
  if (kernels::can_multiply_bf16()) {
    EXPECT_EQ(choose_computation({}, Kernels::kFused, Precision::kBf16).precision,
              Precision::kBf16);
  } else {
    EXPECT_THROW(choose_computation({}, Kernels::kFused, Precision::kBf16), InputError);
  }
}

}  // namespace
}  // namespace nasnet::network
