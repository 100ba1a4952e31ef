// The bare kernel in Go, without cgo: loads a model, streams 100 steps, trains 20 updates.
//
//	cd examples/go && go run . ../../dist/kernel.wasm ../../model.safetensors
package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Parameters in the order of their slots, and options in that of network_create: sizes, and places in lists.
var parameters = strings.Fields("weight_ih weight_hh weight_oh bias_h weight_ho bias_o")
var options = strings.Fields("inputSize hiddenSize outputSize recurrence:hidden:output:both outputs:every:last:none " +
	"activation:tanh:relu:identity loss:cross-entropy:squared-error:bernoulli feedback:outputs:probabilities:argmax:sample")
var ctx = context.Background()
var kernel = must(wazero.NewRuntime(ctx).Instantiate(ctx, must(os.ReadFile(os.Args[1]))))

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// call takes integers as they are and numbers by api.EncodeF64. Every answer below 0 is a status.
func call(name string, words ...uint64) uint64 {
	answer := must(kernel.ExportedFunction(name).Call(ctx, words...))[0]
	if int32(answer) < 0 {
		panic(fmt.Sprintf("%s: status %d", name, int32(answer)))
	}
	return answer
}

// slot views a slot whose elements have 4 bytes; ask again after every call. put writes its elements, first to last.
func slot(handle, number uint64) []byte {
	view, _ := kernel.Memory().Read(uint32(call("slot_address", handle, number)), uint32(4*call("slot_length", handle, number)))
	return view
}
func put(view []byte, element func(i int) uint64) {
	for i := range len(view) / 4 {
		binary.LittleEndian.PutUint32(view[4*i:], uint32(element(i)))
	}
}

func main() {
	// A safetensors file: the length of the header (8 bytes), the header in JSON, the numbers.
	file := must(os.ReadFile(os.Args[2]))
	data := file[8+binary.LittleEndian.Uint64(file):]
	header, chosen := map[string]map[string]any{}, map[string]any{}
	must(0, json.Unmarshal(file[8:len(file)-len(data)], &header))
	must(0, json.Unmarshal([]byte(header["__metadata__"]["recurra.options"].(string)), &chosen))
	var words []uint64
	for _, option := range options {
		names := strings.Split(option, ":")
		size, _ := chosen[names[0]].(float64)
		words = append(words, uint64(max(int(size), slices.Index(names[1:], fmt.Sprint(chosen[names[0]])))))
	}
	network := call("network_create", words...)
	for i, name := range parameters {
		if ends, exists := header[name]["data_offsets"].([]any); exists {
			copy(slot(network, uint64(i)), data[int(ends[0].(float64)):int(ends[1].(float64))])
		}
	}
	call("network_changed", network)

	// Live: one row goes in, one row of outputs comes out (slots 1 and 3), the state stays in the stream.
	input := func(i int) uint64 { return api.EncodeF32(float32((7*(i/3)+5*(i%3))%17-8) / 8) }
	outputs, stream := sha256.New(), call("stream_create", network, 1)
	for t := range 100 {
		put(slot(stream, 1), func(k int) uint64 { return input(3*t + k) })
		call("stream_step", stream, 2)
		outputs.Write(slot(stream, 3))
	}

	// Training: one sequence of 40 steps, vectors (flag 1) with targets (flag 2); Adam, the norm clipped to 5.
	workspace, optimizer := call("workspace_create", network), call("optimizer_create", network, 1)
	call("workspace_shape", workspace, 1, 40, 1+2)
	put(slot(workspace, 0), func(int) uint64 { return 40 })
	put(slot(workspace, 1), input)
	put(slot(workspace, 2), func(t int) uint64 { return uint64(t % 7 % 4) })
	f64, weights := api.EncodeF64, sha256.New()
	for range 20 {
		call("workspace_train", workspace)
		call("optimizer_step", optimizer, f64(0.01), f64(5), 0, f64(0.9), f64(0.999), f64(1e-8), 0)
	}
	for _, parameter := range []uint64{0, 1, 3, 4, 5} { // those that this net has
		weights.Write(slot(network, parameter))
	}
	fmt.Printf("stream  %x\nweights %x\n", outputs.Sum(nil), weights.Sum(nil))
}
