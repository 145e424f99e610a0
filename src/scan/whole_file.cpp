#include "scan/whole_file.h"

#include "genome/sniff.h"
#include "scan/block_inflater.h"
#include "scan/block_stream.h"
#include "scan/crew.h"
#include "scan/row_scan.h"

namespace glovebox::scan {
namespace {
enum class Form : std::uint8_t { undecided, bgzf, other };
}  // namespace

struct WholeFile::State {
  State(const genome::Panel& panel, const genome::Options& options, const Resources& resources, RowSink& sink)
      : limits(options.limits.inflate),
        rows(panel, options, resources.instructions, sink),
        blocks({.block = [this](View block) { return take_block(block); },
                .rest = [this](View bytes) { return take_rest(bytes); }}),
        threads(resources.workers != nullptr ? resources.workers->number() + 1 : resources.threads),
        workers(resources.workers) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { erase(head); }

  genome::InflateLimits limits;
  RowScan rows;
  BlockStream blocks;
  BlockInflater inflater;
  std::optional<genome::Inflater> other;  // plain text, gzip; and the rest of a BGZF file that is not BGZF alone
  std::size_t threads;
  Workers* workers;            // of somebody else, or own
  std::optional<Workers> own;  // before the crew, which needs them to its end
  std::optional<Crew> crew;    // once there are blocks for it
  Run* open = nullptr;         // the crew's run that is being filled
  Form form = Form::undecided;
  Bytes head;
  genome::Inflated inflated;  // by blocks
  Status status;
  bool finished = false;

  Status decide() {
    form = genome::sniff(head) == genome::Content::bgzf ? Form::bgzf : Form::other;
    if (form == Form::other) other.emplace([this](View piece) { return rows.take(piece); }, limits);
    return decode(head);
  }

  Status decode(View piece) { return form == Form::bgzf ? blocks.feed(piece) : other->feed(piece); }

  Status feed(View piece) {
    if (form != Form::undecided) return decode(piece);
    const std::size_t take = std::min(genome::bgzf_head_bytes - head.size(), piece.size());
    head.insert(head.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(take));
    if (head.size() < genome::bgzf_head_bytes) return {};
    GLOVEBOX_CHECK(decide());
    return decode(piece.subspan(take));
  }

  Status take_block(View block) {
    if (other) return other->feed(block);
    const auto size = BlockInflater::text_size(block);
    if (!size) return take_rest(block);
    if (crew || (threads > 1 && rows.in_rows())) return add_to_run(block, *size);
    const std::span<std::uint8_t> out = rows.room().first(*size);
    if (!inflater.inflate(block, out)) return take_rest(block);
    GLOVEBOX_CHECK(count(block, *size));
    return rows.grew(*size);
  }

  Status add_to_run(View block, std::size_t size) {
    if (!crew) {
      GLOVEBOX_CHECK(rows.leave_text());
      if (workers == nullptr) workers = &own.emplace(threads - 1);
      crew.emplace(*workers, [this] { return Run(rows.filter()); }, [this](const Run& run) { return take_run(run); });
      crew->columns(rows.columns(), rows.sample());
    }
    if (open == nullptr) {
      GLOVEBOX_TRY(run, crew->open());
      if (other) {  // a run before this one had a block that is none
        GLOVEBOX_CHECK(crew->drain());
        return other->feed(block);
      }
      open = run;
    }
    open->add(block, size);
    if (open->full()) close_run();
    return {};
  }

  void close_run() {
    if (open == nullptr || open->empty()) return;
    open = nullptr;
    crew->close();
  }

  // take_run is called in the order of the runs.
  Status take_run(const Run& run) {
    std::size_t block = 0;
    if (!other) {
      for (; block < run.inflated(); ++block) GLOVEBOX_CHECK(count(run.block(block), run.text_size(block)));
      GLOVEBOX_CHECK(rows.take_run(run));
    }
    for (; block < run.blocks(); ++block) GLOVEBOX_CHECK(to_other(run.block(block)));
    return {};
  }

  // take_rest: from here on it is not, or not only, blocks of the common form.
  Status take_rest(View bytes) {
    if (crew) {
      close_run();
      GLOVEBOX_CHECK(crew->drain());
    }
    if (!other) GLOVEBOX_CHECK(check_member(bytes));  // else they are in the middle of one, maybe
    return to_other(bytes);
  }

  // check_member says of bytes that follow whole blocks what the reference says of them.
  static Status check_member(View bytes) {
    if (bytes[0] != 0x1f)
      return fail(Reject::trailing_bytes, "bytes after the last gzip member", "another member or the end");
    if (bytes.size() > 1 && bytes[1] != 0x8b)
      return fail(Reject::compression_invalid, "a member that does not begin as gzip does", "intact gzip data",
                  "compare the file's checksum with its source, or make it again with bgzip");
    if (bytes.size() == 1)
      return fail(Reject::truncated, "the compressed data ends inside a member", "its end",
                  "the file was cut; copy it again");
    return {};
  }

  Status to_other(View bytes) {
    if (!other) other.emplace([this](View piece) { return rows.take(piece); }, limits, inflated);
    return other->feed(bytes);
  }

  Status count(View block, std::size_t text) {
    inflated.compressed += block.size();
    inflated.text += text;
    return inflated.check(limits);
  }

  Status end() {
    if (form == Form::undecided) GLOVEBOX_CHECK(decide());
    if (form == Form::bgzf) GLOVEBOX_CHECK(blocks.finish());
    if (crew) {
      close_run();
      GLOVEBOX_CHECK(crew->drain());
    }
    if (other) GLOVEBOX_CHECK(other->finish());
    if (form == Form::bgzf) GLOVEBOX_CHECK(blocks.check_end());
    return rows.finish();
  }
};

WholeFile::WholeFile(const genome::Panel& panel, const genome::Options& options, const Resources& resources,
                     RowSink& sink)
    : state_(std::make_unique<State>(panel, options, resources, sink)) {}
WholeFile::~WholeFile() = default;

Status WholeFile::feed(View piece) {
  if (state_->status && !piece.empty()) state_->status = state_->feed(piece);
  return state_->status;
}

Status WholeFile::finish() {
  if (state_->status && !state_->finished) {
    state_->finished = true;
    state_->status = state_->end();
  }
  return state_->status;
}

}  // namespace glovebox::scan
