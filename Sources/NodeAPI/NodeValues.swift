import CNodeAPI

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Creating values. Each method throws the `NodeError` of the C function that it names.
extension Node {
    /// A number (`napi_create_double`).
    public func number(_ value: Double) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_create_double(env, value, &result), "napi_create_double")
        return unsafe NodeValue(result!)
    }

    /// `true` or `false` (`napi_get_boolean`).
    public func bool(_ value: Bool) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_get_boolean(env, value, &result), "napi_get_boolean")
        return unsafe NodeValue(result!)
    }

    /// `undefined` (`napi_get_undefined`).
    public func undefined() throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_get_undefined(env, &result), "napi_get_undefined")
        return unsafe NodeValue(result!)
    }

    /// A string from UTF-8 (`napi_create_string_utf8`).
    public func string(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(NodeError) -> NodeValue {
        var result: napi_value?
        let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        try unsafe NodeError.check(
            napi_create_string_utf8(env, start, bytes.count, &result), "napi_create_string_utf8")
        return unsafe NodeValue(result!)
    }

    /// A string from a Swift string (`napi_create_string_utf8`).
    public func string(_ text: String) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(
            napi_create_string_utf8(env, text, text.utf8.count, &result), "napi_create_string_utf8")
        return unsafe NodeValue(result!)
    }

    /// A string with one character per byte (`napi_create_string_latin1`).
    @inline(__always)
    public func string(latin1 bytes: UnsafeRawBufferPointer) throws(NodeError) -> NodeValue {
        var result: napi_value?
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        try unsafe NodeError.check(
            napi_create_string_latin1(env, start, bytes.count, &result), "napi_create_string_latin1")
        return unsafe NodeValue(result!)
    }

    /// An empty object (`napi_create_object`).
    public func object() throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_create_object(env, &result), "napi_create_object")
        return unsafe NodeValue(result!)
    }

    /// An empty array (`napi_create_array`).
    public func array() throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_create_array(env, &result), "napi_create_array")
        return unsafe NodeValue(result!)
    }

    /// A Buffer with a copy of the bytes (`napi_create_buffer_copy`).
    public func buffer(copying bytes: UnsafeRawBufferPointer) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(
            napi_create_buffer_copy(env, bytes.count, bytes.baseAddress, nil, &result), "napi_create_buffer_copy")
        return unsafe NodeValue(result!)
    }

    /// A Buffer that owns the given memory and releases it when it is collected (`napi_create_external_buffer`). Where
    /// the runtime does not allow external buffers, it is a copy, and the memory is released at once.
    ///
    /// - Parameters:
    ///   - start: where the memory begins.
    ///   - count: its length in bytes.
    ///   - hint: passed to `release`.
    ///   - release: called once, on the JavaScript thread, with the memory and the hint.
    public func buffer(
        takingOver start: UnsafeMutableRawPointer, count: Int, hint: UnsafeMutableRawPointer?, release: napi_finalize
    ) throws(NodeError) -> NodeValue {
        var result: napi_value?
        let status = unsafe napi_create_external_buffer(env, count, start, release, hint, &result)
        if status == napi_ok { return unsafe NodeValue(result!) }
        defer { unsafe release(env, start, hint) }
        return try unsafe buffer(copying: UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Detaches a Buffer's memory, which frees it at once and leaves the Buffer empty (`napi_detach_arraybuffer`).
    ///
    /// - Returns: how many bytes it had.
    public func detach(buffer: NodeValue) throws(NodeError) -> Int {
        var storage: napi_value?
        var count = 0
        try unsafe NodeError.check(
            napi_get_typedarray_info(env, buffer.raw, nil, &count, nil, &storage, nil), "napi_get_typedarray_info")
        try unsafe NodeError.check(napi_detach_arraybuffer(env, storage), "napi_detach_arraybuffer")
        return count
    }

    /// Tells V8 how many bytes outside of its heap its objects keep alive (`napi_adjust_external_memory`).
    ///
    /// - Parameter bytes: the change, negative when memory was freed.
    public func adjustExternalMemory(by bytes: Int64) throws(NodeError) {
        var total: Int64 = 0
        try unsafe NodeError.check(napi_adjust_external_memory(env, bytes, &total), "napi_adjust_external_memory")
    }

    /// A Uint32Array and its memory, whose address stays the same while the array is alive (`napi_create_typedarray`).
    ///
    /// - Parameter capacity: how many numbers it has.
    public func numbers(
        capacity: Int
    ) throws(NodeError) -> (array: NodeValue, memory: UnsafeMutablePointer<UInt32>) {
        var memory: UnsafeMutableRawPointer?
        var storage: napi_value?
        try unsafe NodeError.check(
            napi_create_arraybuffer(env, capacity * 4, &memory, &storage), "napi_create_arraybuffer")
        var result: napi_value?
        try unsafe NodeError.check(
            napi_create_typedarray(env, napi_uint32_array, capacity, storage, 0, &result), "napi_create_typedarray")
        return unsafe (NodeValue(result!), memory!.assumingMemoryBound(to: UInt32.self))
    }

    /// A function that calls `body` with `object` (`napi_create_function`).
    ///
    /// - Parameters:
    ///   - name: the function's name.
    ///   - object: not retained; the caller keeps it alive while the environment lives.
    ///   - body: the C callback; see `Node.call`.
    public func function(
        _ name: String, _ object: AnyObject, _ body: napi_callback
    ) throws(NodeError) -> NodeValue {
        var result: napi_value?
        let data = unsafe Unmanaged.passUnretained(object).toOpaque()
        try unsafe NodeError.check(
            napi_create_function(env, name, name.utf8.count, body, data, &result), "napi_create_function")
        return unsafe NodeValue(result!)
    }

    /// Runs a script and returns its value (`napi_run_script`).
    public func run(script: NodeValue) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_run_script(env, script.raw, &result), "napi_run_script")
        return unsafe NodeValue(result!)
    }
}

/// Reading values. Each method throws the `NodeError` of the C function that it names.
extension Node {
    /// A number as an unsigned 32-bit integer (`napi_get_value_uint32`).
    @inline(__always)
    public func uint32(_ value: NodeValue) throws(NodeError) -> UInt32 {
        var result: UInt32 = 0
        try unsafe NodeError.check(napi_get_value_uint32(env, value.raw, &result), "napi_get_value_uint32")
        return result
    }

    /// A number (`napi_get_value_double`).
    public func double(_ value: NodeValue) throws(NodeError) -> Double {
        var result = 0.0
        try unsafe NodeError.check(napi_get_value_double(env, value.raw, &result), "napi_get_value_double")
        return result
    }

    /// A boolean (`napi_get_value_bool`).
    public func bool(_ value: NodeValue) throws(NodeError) -> Bool {
        var result = false
        try unsafe NodeError.check(napi_get_value_bool(env, value.raw, &result), "napi_get_value_bool")
        return result
    }

    /// A string as a Swift string (`napi_get_value_string_utf8`). It allocates twice, so it is not for every request.
    public func string(_ value: NodeValue) throws(NodeError) -> String {
        var count = 0
        try unsafe NodeError.check(
            napi_get_value_string_utf8(env, value.raw, nil, 0, &count), "napi_get_value_string_utf8")
        var bytes = [CChar](repeating: 0, count: count + 1)
        try unsafe NodeError.check(
            napi_get_value_string_utf8(env, value.raw, &bytes, bytes.count, &count), "napi_get_value_string_utf8")
        return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether a value is `undefined` (`napi_typeof`).
    @inline(__always)
    public func isUndefined(_ value: NodeValue) throws(NodeError) -> Bool {
        var type = napi_undefined
        try unsafe NodeError.check(napi_typeof(env, value.raw, &type), "napi_typeof")
        return type == napi_undefined
    }

    /// A string's length in UTF-16 code units (`napi_get_value_string_utf16`).
    @inline(__always)
    public func length(ofString value: NodeValue) throws(NodeError) -> Int {
        var count = 0
        try unsafe NodeError.check(
            napi_get_value_string_utf16(env, value.raw, nil, 0, &count), "napi_get_value_string_utf16")
        return count
    }

    /// Copies a string's UTF-16 code units and a NUL to memory (`napi_get_value_string_utf16`).
    ///
    /// - Parameters:
    ///   - memory: receives the code units.
    ///   - capacity: how many code units fit, the NUL included.
    /// - Returns: how many were copied, without the NUL.
    @inline(__always)
    public func copy(
        string value: NodeValue, to memory: UnsafeMutablePointer<UInt16>, capacity: Int
    ) throws(NodeError) -> Int {
        var count = 0
        try unsafe NodeError.check(
            napi_get_value_string_utf16(env, value.raw, memory, capacity, &count), "napi_get_value_string_utf16")
        return count
    }

    /// A Buffer's bytes (`napi_get_buffer_info`), valid during the call.
    public func bytes(ofBuffer value: NodeValue) throws(NodeError) -> UnsafeRawBufferPointer {
        var start: UnsafeMutableRawPointer?
        var count = 0
        try unsafe NodeError.check(napi_get_buffer_info(env, value.raw, &start, &count), "napi_get_buffer_info")
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// An object's property (`napi_get_named_property`).
    public func property(_ name: String, of object: NodeValue) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(
            napi_get_named_property(env, object.raw, name, &result), "napi_get_named_property")
        return unsafe NodeValue(result!)
    }

    /// Sets an object's property (`napi_set_named_property`).
    public func set(_ name: String, of object: NodeValue, to value: NodeValue) throws(NodeError) {
        try unsafe NodeError.check(
            napi_set_named_property(env, object.raw, name, value.raw), "napi_set_named_property")
    }

    /// An array's length (`napi_get_array_length`).
    public func length(ofArray value: NodeValue) throws(NodeError) -> Int {
        var count: UInt32 = 0
        try unsafe NodeError.check(napi_get_array_length(env, value.raw, &count), "napi_get_array_length")
        return Int(count)
    }

    /// An array's element (`napi_get_element`).
    public func element(_ index: Int, of array: NodeValue) throws(NodeError) -> NodeValue {
        var result: napi_value?
        try unsafe NodeError.check(napi_get_element(env, array.raw, UInt32(index), &result), "napi_get_element")
        return unsafe NodeValue(result!)
    }

    /// Sets an array's element (`napi_set_element`).
    public func set(_ index: Int, of array: NodeValue, to value: NodeValue) throws(NodeError) {
        try unsafe NodeError.check(napi_set_element(env, array.raw, UInt32(index), value.raw), "napi_set_element")
    }

    /// Calls a function with up to five arguments, with `undefined` as `this` (`napi_call_function`).
    ///
    /// - Parameters:
    ///   - arguments: `nil` after the last one.
    ///   - count: how many are passed.
    /// - Returns: the function's result. What JavaScript throws stays pending, and `NodeError` is thrown.
    @discardableResult
    public func call(
        _ function: NodeValue,
        _ arguments: (NodeValue?, NodeValue?, NodeValue?, NodeValue?, NodeValue?), count: Int
    ) throws(NodeError) -> NodeValue {
        let receiver = try undefined()
        var values: (napi_value?, napi_value?, napi_value?, napi_value?, napi_value?) = unsafe (
            arguments.0?.raw, arguments.1?.raw, arguments.2?.raw, arguments.3?.raw, arguments.4?.raw
        )
        var result: napi_value?
        let status = unsafe withUnsafeBytes(of: &values) { bytes in
            let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: napi_value?.self)
            return unsafe napi_call_function(env, receiver.raw, function.raw, count, start, &result)
        }
        try NodeError.check(status, "napi_call_function")
        return unsafe NodeValue(result!)
    }
}
