// Hides libxml2: bytes go in piece by piece, elements come out to an `ElementReader`, faults become `ExportError`s.
// No network, no document type, no entities but the five of XML itself.

import CLibXML2
import Domain
import Glibc

struct XMLStream: ~Copyable {
    /// What the parser's callbacks reach; it does not move while the parser lives.
    struct State {
        var reader: ElementReader
        var context: xmlParserCtxtPtr?
        var firstFault: (code: Int32, line: Int32)?
        var limitLine: Int32?

        /// Nothing after a passed limit is worth parsing.
        mutating func stopAtLimit() {
            guard reader.limitPassed != nil, limitLine == nil else { return }
            limitLine = Int32(clamping: xmlSAX2GetLineNumber(context))
            xmlStopParser(context)
        }
    }

    private let context: xmlParserCtxtPtr
    private let state: UnsafeMutablePointer<State>
    private let limits: ExportLimits
    private let linesBefore: Int
    private var quietBytes = 0

    /// `linesBefore` is what stood before the first byte that will be fed.
    init(batchSize: Int, linesBefore: Int, limits: ExportLimits) throws(ExportError) {
        Self.startLibrary
        let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        var handler = xmlSAXHandler()
        handler.initialized = UInt32(XML_SAX2_MAGIC)
        handler.startElementNs = { user, name, prefix, _, _, _, count, _, attributes in
            guard let state = user?.assumingMemoryBound(to: State.self), let name else { return }
            // A prefix makes it another name than any of ours.
            state.pointee.reader.begin(prefix == nil ? name : nil, Attributes(base: attributes, count: count))
            state.pointee.stopAtLimit()
        }
        handler.endElementNs = { user, _, _, _ in
            user?.assumingMemoryBound(to: State.self).pointee.reader.end()
        }
        handler.serror = { user, fault in
            guard let state = user?.assumingMemoryBound(to: State.self), let fault else { return }
            guard fault.pointee.level == XML_ERR_FATAL, state.pointee.firstFault == nil else { return }
            state.pointee.firstFault = (fault.pointee.code, fault.pointee.line)
        }
        guard let context = xmlCreatePushParserCtxt(&handler, state, nil, 0, nil) else {
            state.deallocate()
            throw ExportError.unreadable(ENOMEM)
        }
        // NOENT only lets `&amp;` arrive as `&`: there is nothing else that could be put in.
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue | XML_PARSE_IGNORE_ENC.rawValue
        xmlCtxtUseOptions(context, Int32(options))
        guard let names = ElementNames(in: context.pointee.dict) else {
            xmlFreeParserCtxt(context)
            state.deallocate()
            throw ExportError.unreadable(ENOMEM)
        }
        state.initialize(
            to: State(
                reader: ElementReader(names: names, batchSize: batchSize, limits: limits), context: context))
        self.context = context
        self.state = state
        self.limits = limits
        self.linesBefore = linesBefore
    }

    deinit {
        xmlFreeParserCtxt(context)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Where the parser stands now.
    var line: Int { linesBefore + Int(max(1, xmlSAX2GetLineNumber(context))) }

    var malformed: Int { state.pointee.reader.malformed }
    var passedOver: Int { state.pointee.reader.passedOver }
    mutating func takeFull() -> [[Reading]] { state.pointee.reader.takeFull() }
    mutating func takeRest() -> [Reading] { state.pointee.reader.takeRest() }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(ExportError) {
        // The parser holds an unfinished piece whole, so it is given little at a time.
        let step = 128 << 10
        var at = 0
        while at < bytes.count {
            let count = min(step, bytes.count - at)
            let base = bytes.baseAddress.map { ($0 + at).assumingMemoryBound(to: CChar.self) }
            _ = xmlParseChunk(context, base, Int32(count), 0)
            at += count
            try check()
            // The parser keeps every name it meets, and looks ever longer for each.
            guard xmlDictSize(context.pointee.dict) <= Int32(clamping: limits.names) else {
                throw ExportError(.tooLarge(.names(count: limits.names), line: line))
            }
            quietBytes = state.pointee.reader.hasMoved ? 0 : quietBytes + count
            state.pointee.reader.hasMoved = false
            if quietBytes > limits.elementBytes {
                throw ExportError(.tooLarge(.element(bytes: limits.elementBytes), line: line))
            }
        }
    }

    /// Everything was fed: the document must be whole.
    mutating func finish() throws(ExportError) {
        let hasEnded = state.pointee.reader.hasEnded
        _ = xmlParseChunk(context, nil, 0, 1)
        if !hasEnded, !state.pointee.reader.hasEnded {
            try checkLimit()
            throw ExportError(.truncated(line: line))
        }
        try check()
    }

    private func check() throws(ExportError) {
        try checkLimit()
        let reader = state.pointee.reader
        if reader.hasEnded || reader.depth > 0, !reader.isExport {
            throw ExportError(.notAnExport(why: "its outermost element is not HealthData"))
        }
        if context.pointee.wellFormed != 0, state.pointee.firstFault == nil { return }
        let fault = state.pointee.firstFault ?? (Int32(XML_ERR_INTERNAL_ERROR.rawValue), Int32(line - linesBefore))
        let line = linesBefore + Int(max(1, fault.line))
        switch xmlParserErrors(rawValue: UInt32(max(0, fault.code))) {
        case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY, XML_ERR_ENTITY_LOOP, XML_ERR_UNPARSED_ENTITY:
            throw ExportError(.entityRefused(line: line))
        case XML_ERR_INVALID_ENCODING, XML_ERR_UNKNOWN_ENCODING, XML_ERR_UNSUPPORTED_ENCODING,
            XML_I18N_CONV_FAILED:
            throw ExportError(.notUTF8(line: line))
        case XML_ERR_INVALID_CHAR, XML_ERR_INVALID_CHARREF:
            throw ExportError(.forbiddenCharacter(line: line))
        default:
            throw ExportError(.notXML(line: line))
        }
    }

    private func checkLimit() throws(ExportError) {
        guard let limit = state.pointee.reader.limitPassed else { return }
        throw ExportError(.tooLarge(limit, line: linesBefore + Int(state.pointee.limitLine ?? 1)))
    }

    /// Once for the process, before threads use the library.
    private static let startLibrary: Void = xmlInitParser()
}
