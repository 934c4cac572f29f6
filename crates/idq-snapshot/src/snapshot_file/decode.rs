//! Decoding of the buffers of an Arrow IPC message to arrays. No number in the message is trusted: invariants whose
//! violation makes the constructors of Arrow panic are checked first.

use std::sync::Arc;

use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, FixedSizeBinaryArray, ListArray,
    PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer,
};
use arrow_ipc::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema};

use zstd::zstd_safe::get_frame_content_size;

use super::format::{IN_PLACE, MAX_COMPRESSED_BUFFER_BYTES, buffers_of, nodes_of};
use super::records::with_context;

/// A description of the damage of a message, for an error that names the damaged part.
pub(crate) type Damage = &'static str;

/// Decodes a column of a batch.
pub(crate) fn column(
    batch: RecordBatch<'_>,
    body: &Buffer,
    schema: &Schema,
    index: usize,
) -> Result<ArrayRef, Damage> {
    let mut decoder = Decoder::of(batch, body, schema, index);
    decoder.array(schema.field(index).data_type())
}

/// Returns a column of bytes for reading single elements. The offsets of an element are validated when the element is
/// read, so that the offsets of all others need not be read.
pub(crate) fn var_binary(
    batch: RecordBatch<'_>,
    body: &Buffer,
    schema: &Schema,
    index: usize,
) -> Result<VarBinary, Damage> {
    let mut decoder = Decoder::of(batch, body, schema, index);
    // The validity of records is not needed: every row has one.
    let length = decoder.node()?;
    decoder.validity(length)?;
    // A column of n elements has n + 1 offsets.
    let offsets = length.checked_add(1).ok_or(TOO_SHORT)?;
    Ok(VarBinary {
        offsets: decoder.sized(offsets, size_of::<i32>())?,
        bytes: decoder.in_place()?,
    })
}

/// The concatenated elements of a column of variable-length bytes, and their offsets, both without validation.
pub(crate) struct VarBinary {
    /// Offsets of the elements in `bytes`: 32-bit little-endian integers, one more than elements.
    offsets: Buffer,
    /// Bytes of all elements, in the order of the offsets.
    bytes: Buffer,
}

impl VarBinary {
    /// Returns the element at a position, if the position and its offsets are within the buffers.
    pub(crate) fn get(&self, position: usize) -> Option<&[u8]> {
        let offset = |position: usize| {
            let (offsets, _) = self.offsets.as_chunks::<4>();
            usize::try_from(i32::from_le_bytes(*offsets.get(position)?)).ok()
        };
        self.bytes.get(offset(position)?..offset(position + 1)?)
    }
}

/// Returns the schema of a dictionary's values.
pub(crate) fn dictionary_schema() -> Schema {
    Schema::new(vec![Field::new("value", DataType::Utf8, true)])
}

/// Position in the flat lists of arrays and buffers of one message. A nested array precedes its children in both lists,
/// as the Arrow IPC format defines it, so decoding proceeds in one direction.
struct Decoder<'m> {
    /// Header of the message, with the lengths of arrays and the extents of buffers.
    batch: RecordBatch<'m>,
    /// Body of the message, to which the extents refer.
    body: &'m Buffer,
    /// Position of the next array in the message.
    node: usize,
    /// Position of the next buffer in the message.
    buffer: usize,
}

impl<'m> Decoder<'m> {
    /// Creates a decoder that is positioned at a column.
    fn of(batch: RecordBatch<'m>, body: &'m Buffer, schema: &Schema, index: usize) -> Self {
        let before = || {
            schema.fields()[..index]
                .iter()
                .map(|field| field.data_type())
        };
        Self {
            batch,
            body,
            node: before().map(nodes_of).sum(),
            buffer: before().map(buffers_of).sum(),
        }
    }

    /// Decodes the next array and its children.
    fn array(&mut self, data_type: &DataType) -> Result<ArrayRef, Damage> {
        let length = self.node()?;
        let nulls = self.validity(length)?;
        Ok(match data_type {
            DataType::UInt8 => Arc::new(self.primitive::<UInt8Type>(length, nulls)?),
            DataType::UInt16 => Arc::new(self.primitive::<UInt16Type>(length, nulls)?),
            DataType::UInt32 => Arc::new(self.primitive::<UInt32Type>(length, nulls)?),
            DataType::UInt64 => Arc::new(self.primitive::<UInt64Type>(length, nulls)?),
            DataType::Timestamp(_, zone) => {
                let instants = self.primitive::<TimestampMicrosecondType>(length, nulls)?;
                Arc::new(instants.with_timezone_opt(zone.clone()))
            }
            DataType::Boolean => {
                let bits = self.bits(length)?;
                Arc::new(BooleanArray::new(bits, nulls))
            }
            DataType::FixedSizeBinary(16) => {
                let bytes = self.sized(length, 16)?;
                Arc::new(FixedSizeBinaryArray::try_new(16, bytes, nulls).map_err(refused)?)
            }
            DataType::Utf8 => {
                let (offsets, bytes) = self.variable(length)?;
                // Twice as fast as a validation of the UTF-8 and of the start of each text.
                if bytes.is_ascii() {
                    #[expect(
                        unsafe_code,
                        reason = "validation takes twice as long as the check that it is ASCII"
                    )]
                    // SAFETY: `variable` returns offsets that ascend from 0 to the length of the bytes; the number of
                    // texts is the number of bits of validity; and any range of ASCII is UTF-8.
                    return Ok(Arc::new(unsafe {
                        StringArray::new_unchecked(offsets, bytes, nulls)
                    }));
                }
                Arc::new(StringArray::try_new(offsets, bytes, nulls).map_err(refused)?)
            }
            DataType::Binary => {
                let (offsets, bytes) = self.variable(length)?;
                Arc::new(BinaryArray::try_new(offsets, bytes, nulls).map_err(refused)?)
            }
            DataType::List(item) => {
                let offsets = self.offsets(length)?;
                let items = self.array(item.data_type())?;
                let list = ListArray::try_new(Arc::clone(item), offsets, items, nulls);
                Arc::new(list.map_err(refused)?)
            }
            DataType::Struct(fields) => {
                let children = fields.iter().map(|field| self.array(field.data_type()));
                let children = children.collect::<Result<Vec<_>, _>>()?;
                // `StructArray::try_new` checks lengths too, but only this error names the cause.
                if children.iter().any(|child| child.len() != length) {
                    return Err("the parts of a structure are of different lengths");
                }
                Arc::new(StructArray::try_new(fields.clone(), children, nulls).map_err(refused)?)
            }
            _ => return Err("a column is of a type that no snapshot file has"),
        })
    }

    /// Returns the number of elements of the next array.
    fn node(&mut self) -> Result<usize, Damage> {
        let nodes = self.batch.nodes().ok_or("there are no arrays")?;
        if self.node >= nodes.len() {
            return Err("an array is missing");
        }
        let node = nodes.get(self.node);
        self.node += 1;
        // Every element takes at least one bit of the body.
        let most = self.body.len().saturating_mul(8);
        usize::try_from(node.length())
            .ok()
            .filter(|length| *length <= most)
            .ok_or("an array is longer than its bytes")
    }

    /// Returns the next buffer as it is stored.
    fn next(&mut self) -> Result<Buffer, Damage> {
        let buffers = self.batch.buffers().ok_or("there are no buffers")?;
        if self.buffer >= buffers.len() {
            return Err("a buffer is missing");
        }
        let buffer = buffers.get(self.buffer);
        self.buffer += 1;
        let start = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        // An extent may overflow, or end beyond the body.
        let extent = start.zip(length).filter(|(start, length)| {
            start
                .checked_add(*length)
                .is_some_and(|end| end <= self.body.len())
        });
        let (start, length) = extent.ok_or("a buffer lies outside the message")?;
        Ok(self.body.slice_with_length(start, length))
    }

    /// Returns the next buffer, which must not be compressed.
    fn in_place(&mut self) -> Result<Buffer, Damage> {
        match self.stored()? {
            Stored::InPlace(bytes) => Ok(bytes),
            Stored::Compressed { .. } => Err("a buffer is compressed that is used in place"),
        }
    }

    /// Returns the next buffer with the number that precedes it, if the buffers of the batch have one.
    fn stored(&mut self) -> Result<Stored, Damage> {
        let buffer = self.next()?;
        // Buffers without bytes have no number.
        if self.batch.compression().is_none() || buffer.is_empty() {
            return Ok(Stored::InPlace(buffer));
        }
        let (&length, _) = buffer.split_first_chunk().ok_or(TOO_SHORT)?;
        let rest = buffer.slice(size_of_val(&length));
        match i64::from_le_bytes(length) {
            IN_PLACE => Ok(Stored::InPlace(rest)),
            length => Ok(Stored::Compressed {
                length: usize::try_from(length).map_err(|_| TOO_SHORT)?,
                frame: rest,
            }),
        }
    }

    /// Returns the next buffer, of `length` elements of `width` bytes each.
    fn sized(&mut self, length: usize, width: usize) -> Result<Buffer, Damage> {
        let bytes = length.checked_mul(width).ok_or(TOO_SHORT)?;
        let buffer = match self.stored()? {
            Stored::InPlace(buffer) => buffer,
            Stored::Compressed { length, frame } if length == bytes => decompress(&frame, length)?,
            Stored::Compressed { .. } => return Err("a compressed buffer has another length"),
        };
        if buffer.len() < bytes {
            return Err(TOO_SHORT);
        }
        Ok(buffer.slice_with_length(0, bytes))
    }

    /// Returns the next buffer as a bitmap of `length` bits.
    fn bits(&mut self, length: usize) -> Result<BooleanBuffer, Damage> {
        let bytes = self.sized(length.div_ceil(8), 1)?;
        Ok(BooleanBuffer::new(bytes, 0, length))
    }

    /// Returns the validity bitmap; `None` if all elements are valid, which an empty buffer means as well.
    fn validity(&mut self, length: usize) -> Result<Option<NullBuffer>, Damage> {
        let at = self.buffer;
        if self.next()?.is_empty() {
            return Ok(None);
        }
        // The buffer is read again, now with its length.
        self.buffer = at;
        let nulls = NullBuffer::new(self.bits(length)?);
        Ok((nulls.null_count() > 0).then_some(nulls))
    }

    /// Returns the next buffer as numbers of one width, without a copy.
    fn scalars<T: ArrowNativeType>(&mut self, length: usize) -> Result<ScalarBuffer<T>, Damage> {
        let buffer = self.sized(length, size_of::<T>())?;
        // Buffers are aligned in the file, so an unaligned one is damage; Arrow's constructor would panic.
        if !buffer.as_ptr().cast::<T>().is_aligned() {
            return Err("a buffer is not aligned");
        }
        Ok(ScalarBuffer::new(buffer, 0, length))
    }

    /// Returns the next array of numbers.
    fn primitive<T: ArrowPrimitiveType>(
        &mut self,
        length: usize,
        nulls: Option<NullBuffer>,
    ) -> Result<PrimitiveArray<T>, Damage> {
        let values = self.scalars::<T::Native>(length)?;
        PrimitiveArray::try_new(values, nulls).map_err(refused)
    }

    /// Returns a copy of offsets. Arrow validates offsets once and then reads between them unchecked, so a change of
    /// the mapped file after the validation would be undefined behaviour.
    fn offsets(&mut self, length: usize) -> Result<OffsetBuffer<i32>, Damage> {
        // An array without elements may have no offsets.
        let at = self.buffer;
        if length == 0 && self.next()?.is_empty() {
            return Ok(OffsetBuffer::new_empty());
        }
        self.buffer = at;
        let offsets = self.scalars::<i32>(length + 1)?;
        let offsets = ScalarBuffer::from(offsets.to_vec());
        // A fold without an early exit is vectorised.
        let pairs = offsets.iter().zip(&offsets[1..]);
        let ascend = pairs.fold(true, |ascend, (one, next)| ascend & (one <= next));
        if offsets[0] != 0 || !ascend {
            return Err("offsets do not ascend from 0");
        }
        Ok(OffsetBuffer::new(offsets))
    }

    /// Returns the offsets and the bytes of an array of variable-length elements.
    fn variable(&mut self, length: usize) -> Result<(OffsetBuffer<i32>, Buffer), Damage> {
        let offsets = self.offsets(length)?;
        // Kernels search the whole buffer, so it must not have bytes beyond the last element.
        let end = offsets.last().map_or(0, |end| *end as usize);
        Ok((offsets, self.sized(end, 1)?))
    }
}

/// A buffer of a batch in the form in which it is stored.
enum Stored {
    /// The bytes themselves, which are used in place.
    InPlace(Buffer),
    /// A zstd frame.
    Compressed {
        /// The number of bytes after decompression.
        length: usize,
        /// The frame.
        frame: Buffer,
    },
}

/// Decompresses a buffer of `length` bytes, of which hostile frames may claim any number.
fn decompress(frame: &[u8], length: usize) -> Result<Buffer, Damage> {
    if length > MAX_COMPRESSED_BUFFER_BYTES {
        return Err("a compressed buffer is too long");
    }
    // The frame must claim the same length before memory is allocated for it.
    if get_frame_content_size(frame).ok().flatten() != Some(length as u64) {
        return Err("a compressed buffer has another length");
    }
    let mut bytes = MutableBuffer::from_len_zeroed(length);
    match with_context(|context| context.decompress(bytes.as_slice_mut(), frame)) {
        Ok(written) if written == length => Ok(bytes.into()),
        _ => Err("a compressed buffer cannot be decompressed"),
    }
}

/// Damage of a buffer with fewer bytes than its array needs.
const TOO_SHORT: Damage = "a buffer is too short";

/// Returns the damage of an array that a constructor of Arrow refuses. Arrow's own message is about its internals, so
/// it is left out.
fn refused(_: ArrowError) -> Damage {
    "an array is not valid: its offsets, its UTF-8 or its lengths"
}
